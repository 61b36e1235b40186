using System.Globalization;
using Tessera.Actors.Simulation;

namespace Tessera.Host.Faults;

/// <summary>
/// A storm: at fixed times one process of a cluster is killed and started again. Who is a function of the seed and the number of the kill alone.
/// </summary>
/// <param name="Nodes">Nodes, 1 or more; there are two coordinators besides.</param>
/// <param name="Length">How long the storm lasts, at least as long as <see cref="Every"/>.</param>
/// <param name="Every">From kill to kill, more than 0. The first is at the beginning, the last one such time before the end.</param>
/// <param name="Seed">Chooses who is killed.</param>
internal sealed record StormSettings(int Nodes, TimeSpan Length, TimeSpan Every, ulong Seed)
{
    /// <summary>Coordinators: one leads, one stands by.</summary>
    public const int Coordinators = 2;

    /// <summary>Number of kills.</summary>
    public int Kills => (int)(Length.Ticks / Every.Ticks);

    /// <summary>More terms than the kills and the moves back to restarted nodes explain.</summary>
    public int TermsMax => 8 + (4 * Kills);

    /// <summary>One line for a person.</summary>
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"storm: seed {Seed}, {Nodes} nodes, {Coordinators} coordinators, {Kills} kills, one every {Every.TotalSeconds:0.#} s");

    /// <summary>When a kill is due, from the beginning of the storm.</summary>
    /// <param name="kill">Number of the kill, from 0.</param>
    public TimeSpan DueAt(int kill) => kill * Every;

    /// <summary>Who is killed.</summary>
    /// <param name="kill">Number of the kill, from 0.</param>
    public string VictimOf(int kill)
    {
        SimulationRandom random = new(Seed);
        int index = 0;
        for (int draw = 0; draw <= kill; draw++) { index = random.Below(Nodes + Coordinators); }
        return index < Nodes ? FaultVictim.Node(index) : FaultVictim.Coordinator(index - Nodes);
    }

    /// <summary>Epochs that last longer than the storm even if no kill holds training up, a fifth more than the speed without faults asks for.</summary>
    /// <param name="stepsPerSecond">Steps per second without faults.</param>
    public int EpochsFor(double stepsPerSecond) =>
        Math.Max(2, (int)Math.Ceiling(1.2 * stepsPerSecond * Length.TotalSeconds / SmallExperiment.StepsPerEpoch));
}
