using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Host.CommandLine;
using Tessera.Host.Maps;

namespace Tessera.Host.Runs;

/// <summary>Refuses a run that does not fit into memory, before anything is built, and says what would.</summary>
internal static class MemoryCheck
{
    /// <summary>Checks a run.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="config">The experiment.</param>
    /// <param name="data">Its samples, which are in memory already.</param>
    /// <param name="limitBytes">What it may take.</param>
    /// <exception cref="CommandLineException">It does not fit.</exception>
    public static void Require(NetworkPlan plan, ExperimentConfig config, DataPair data, long limitBytes)
    {
        long least = MemoryPlan.LeastBytes(plan);
        if (least > limitBytes)
        {
            throw new CommandLineException(
                $"The run needs at least {ByteSize.Format(least)} for the state of its tiles and the copies of it, {Available(limitBytes)}. No batch_size helps: use "
                + "smaller layers or a machine with more memory; 'tessera map' shows what each layer takes.");
        }

        int batch = Math.Min(config.Training.BatchSize, data.Train.Count);
        int evaluation = Math.Min(TrainingRun.EvaluationChunk, data.Test.Count);
        MemoryPlan memory = MemoryPlan.Of(plan, batch, evaluation);
        if (memory.Bytes <= limitBytes) { return; }
        int fitting = LargestBatch(plan, batch, evaluation, limitBytes);
        string advice = fitting > 0
            ? $"training.batch_size {fitting} would need {ByteSize.Format(MemoryPlan.Of(plan, fitting, evaluation).Bytes)}."
            : $"With batch_size 1 it would still need {ByteSize.Format(MemoryPlan.Of(plan, 1, evaluation).Bytes)}: use smaller layers or a machine with more memory.";
        throw new CommandLineException(
            $"The run needs {ByteSize.Format(memory.Bytes)}: state {Sum(memory, layer => layer.StateBytes)}, scratch {Sum(memory, layer => layer.ScratchBytes)}, stored "
            + $"x and d {Sum(memory, layer => layer.StoredBytes)}, copies for checkpoints {Sum(memory, layer => layer.CopyBytes)}, activations "
            + $"{ByteSize.Format(memory.ActivationBytes)}; {Available(limitBytes)}. {advice}");
    }

    /// <summary>Checks that a single tile fits, for what looks at tiles without running them.</summary>
    /// <exception cref="CommandLineException">It does not fit.</exception>
    public static void RequireTile(NetworkPlan plan, long limitBytes)
    {
        long least = MemoryPlan.LargestTileBytes(plan);
        if (least > limitBytes)
        {
            throw new CommandLineException(
                $"The largest tile alone needs at least {ByteSize.Format(least)}, {Available(limitBytes)}. Set smaller rpu_config.mapping.max_input_size and "
                + "max_output_size, for instance 512.");
        }
    }

    private static string Available(long limitBytes) => $"{ByteSize.Format(Math.Max(0, limitBytes))} are available (set another limit with --memory-limit)";

    private static string Sum(MemoryPlan memory, Func<LayerMemory, long> part) => ByteSize.Format(memory.Layers.Sum(part));

    /// <summary>The largest mini-batch that fits, or 0.</summary>
    private static int LargestBatch(NetworkPlan plan, int batch, int evaluation, long limitBytes)
    {
        (int fits, int tooLarge) = (0, batch);
        while (tooLarge - fits > 1)
        {
            int middle = (fits + tooLarge) / 2;
            if (MemoryPlan.Of(plan, middle, evaluation).Bytes <= limitBytes) { fits = middle; }
            else { tooLarge = middle; }
        }

        return fits;
    }
}
