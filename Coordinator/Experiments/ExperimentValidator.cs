using Tessera.Coordination.Data;
using Tessera.Coordination.Data.Digits;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Coordination.Experiments;

/// <summary>Refuses experiments that cannot mean anything, with every reason at once.</summary>
public static class ExperimentValidator
{
    /// <summary>Checks a bound experiment.</summary>
    /// <param name="config">The experiment.</param>
    /// <param name="problems">Receives what is wrong; knows where each field was written.</param>
    public static void Validate(ExperimentConfig config, ConfigProblems problems)
    {
        FieldChecks checks = new(problems, "");
        CheckData(config.Data, checks.Inside("data"));
        CheckTraining(config.Training, checks.Inside("training"));
        CheckCheckpoint(config.Checkpoint, checks.Inside("checkpoint"));
        RpuConfigValidator.Validate(config.RpuConfig, "rpu_config", problems);

        // Layers that could not be read are missing from the list, and what follows from that would only confuse.
        if (!problems.HasAnyIn("network")) { NetworkValidator.Validate(config, problems); }
    }

    private static void CheckData(DataConfig data, FieldChecks checks)
    {
        CheckRange(data.Train, "train", checks);
        CheckRange(data.Test, "test", checks);
        CheckRange(data.Files?.Train, "files.train", checks);
        CheckRange(data.Files?.Test, "files.test", checks);
        checks.AtLeast("pool", data.Pool, 1, "1 leaves the pixels as they are.");
        if (data.Source == DataSource.Digits && data.Pool > 1 && DigitsGenerator.Side % data.Pool != 0)
        {
            checks.Fail("pool", $"saw {data.Pool}, expected a divisor of {DigitsGenerator.Side}: the built-in digits have {DigitsGenerator.Side} x {DigitsGenerator.Side} pixels.");
        }

        if (data.Source == DataSource.Digits && data.Folder is not null)
        {
            checks.Fail("folder", $"saw '{data.Folder}', but the built-in digits read no files; set data.source to Idx, Csv or Npy, or remove the folder.");
        }

        if (data.Source != DataSource.Digits && string.IsNullOrWhiteSpace(data.Folder))
        {
            checks.Fail("folder", $"is missing; source {data.Source} needs the folder of its files: write data.folder, or give --data FOLDER.");
        }
    }

    private static void CheckRange(string? text, string field, FieldChecks checks)
    {
        if (text is not null && !SampleRange.TryParse(text, out _))
        {
            checks.Fail(field, $"saw '{text}', expected an inclusive range of samples first..last from 0, for instance 0..7999.");
        }
    }

    private static void CheckCheckpoint(CheckpointConfig checkpoint, FieldChecks checks)
    {
        checks.AtLeast("every_steps", checkpoint.EverySteps, 0, "0 is none by steps.");
        checks.NotNegative("every_seconds", checkpoint.EverySeconds);
        checks.AtLeast("keep", checkpoint.Keep, 1);
    }

    private static void CheckTraining(TrainingConfig training, FieldChecks checks)
    {
        checks.AtLeast("epochs", training.Epochs, 1);
        checks.AtLeast("batch_size", training.BatchSize, 1);
        checks.AtLeast("micro_batch_size", training.MicroBatchSize, 0, "0 is the whole mini-batch.");
        if (training.BatchSize >= 1 && training.MicroBatchSize > training.BatchSize)
        {
            checks.Fail(
                "micro_batch_size",
                $"saw {training.MicroBatchSize}, expected at most batch_size, which is {training.BatchSize}; a micro-batch is a part of a mini-batch.");
        }

        checks.Positive("learning_rate", training.LearningRate);
        checks.AtLeast("schedule.step_size", training.Schedule.StepSize, 1);
        checks.Positive("schedule.gamma", training.Schedule.Gamma);
        checks.NotNegative("schedule.eta_min", training.Schedule.EtaMin);
    }
}
