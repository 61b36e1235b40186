using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Host.CommandLine;
using Tessera.Host.Runs;

namespace Tessera.Host.Sweeps;

/// <summary>The samples of a sweep's runs, which are read again only where runs differ in them.</summary>
/// <param name="threads">Threads that make or read the data.</param>
internal sealed class SweepData(int threads)
{
    private DataConfig? _config;
    private DataPair? _data;

    /// <summary>The samples of a run.</summary>
    /// <exception cref="DataException">They cannot be read.</exception>
    public DataPair Of(ExperimentConfig config)
    {
        if (_data is null || config.Data != _config)
        {
            _data = DataLoader.Load(config.Data, config.Seed, threads);
            _config = config.Data;
        }

        return _data;
    }

    /// <summary>Checks that every run can be trained, before the first one is.</summary>
    /// <param name="runs">The runs; those of one combination differ in their seed alone.</param>
    /// <param name="memoryBytes">What a run may take.</param>
    /// <exception cref="PlanException">The stages do not form a network.</exception>
    /// <exception cref="DataException">Data cannot be read, or do not fit the network.</exception>
    /// <exception cref="CommandLineException">A run does not fit into memory.</exception>
    public void Require(IReadOnlyList<SweepRun> runs, long memoryBytes)
    {
        foreach (SweepRun run in runs.DistinctBy(run => run.Combination.Key))
        {
            NetworkPlan plan = PlanBuilder.Build(run.Config);
            DataPair data = Of(run.Config);
            data.RequireFits(plan.InputFeatures, plan.OutputFeatures);
            MemoryCheck.Require(plan, run.Config, data, memoryBytes);
        }
    }
}
