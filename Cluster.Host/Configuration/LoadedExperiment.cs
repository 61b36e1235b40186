using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Configuration;

/// <summary>An experiment that can be trained: its network is planned, and its samples are there and fit.</summary>
/// <param name="Config">With all defaults filled in.</param>
/// <param name="Plan">The mapped network.</param>
/// <param name="Data">Samples for training and for testing.</param>
internal sealed record LoadedExperiment(ExperimentConfig Config, NetworkPlan Plan, DataPair Data)
{
    /// <summary>Reads an experiment and its data.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="threads">Threads that make or read the data.</param>
    /// <exception cref="CommandLineException">The experiment cannot be read.</exception>
    /// <exception cref="PlanException">The stages do not form a network.</exception>
    /// <exception cref="DataException">The data cannot be read, or does not fit the network.</exception>
    public static LoadedExperiment Load(ExperimentSource source, int threads)
    {
        ExperimentConfig config = ExperimentLoader.Load(source);
        NetworkPlan plan = PlanBuilder.Build(config);
        DataPair data = DataLoader.Load(config.Data, config.Seed, threads);
        data.RequireFits(plan.InputFeatures, plan.OutputFeatures);
        return new LoadedExperiment(config, plan, data);
    }
}
