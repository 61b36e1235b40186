using Tessera.Actors.Machines;
using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>The actors of a run, driven a number of steps at a time by a benchmark or a test.</summary>
internal sealed class SteppedRun : IDisposable
{
    private const int GrantMax = 16; // at a time, and one more ahead: the edge holds more reports than that
    private readonly RunMachines _run;
    private bool _isStarted;

    /// <summary>Builds the machines of a coordinator whose tiles are in other processes.</summary>
    public SteppedRun(ExperimentConfig config, DataPair data, RunOptions options, IRunStore store, ClusterSeat seat)
    {
        var plan = PlanBuilder.Build(config);
        _run = new ClusterRun(config, plan, data, TrainingRun.ClusterSettings(config, data, options, seat), store, options.Threads, seat);
    }

    /// <summary>Builds the machines.</summary>
    public SteppedRun(ExperimentConfig config, DataPair data, RunOptions options, IRunStore store, TileConstructor construct)
    {
        var plan = PlanBuilder.Build(config);
        _run = new LocalRun(config, plan, data, TrainingRun.Settings(config, data, options), store, options.Threads, construct);
    }

    /// <summary>The process of each tile, once the first step is done; tiles move only when processes come and go.</summary>
    public IReadOnlyList<PeerId> Hosts => _run.Hosts;

    /// <summary>Trains some steps and returns when the last one's loss is known; its commits may still be running.</summary>
    /// <param name="steps">How many, at most those of the run.</param>
    /// <returns>Loss of the last step.</returns>
    /// <exception cref="TrainingException">The run ended before.</exception>
    public float Train(int steps)
    {
        if (!_isStarted)
        {
            _run.Start(0);
            _isStarted = true;
        }

        var ungranted = steps;
        Grant(ref ungranted);
        Grant(ref ungranted);
        var loss = float.NaN;
        while (steps > 0)
        {
            var report = _run.Receive();
            switch (report.Kind)
            {
                case MessageKind.StepDone:
                    loss = report.Scalar;
                    if (--steps % GrantMax == 0)
                    {
                        Grant(ref ungranted);
                    }

                    break;
                case MessageKind.Finished or MessageKind.Stopped or MessageKind.Failed or MessageKind.CheckpointFailed:
                    throw new TrainingException(report.Detail ?? $"The run ended at {report.Step} with {steps} steps to go.");
            }
        }

        return loss;
    }

    private void Grant(ref int ungranted)
    {
        var count = Math.Min(ungranted, GrantMax);
        if (count > 0)
        {
            ungranted -= count;
            _run.Grant(count);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();
}
