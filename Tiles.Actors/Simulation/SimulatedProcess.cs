using Tessera.Protocol.Identity;

namespace Tessera.Actors.Simulation;

/// <summary>A process of a simulated world, over all its incarnations. Each incarnation has a <see cref="PeerId"/> of its own.</summary>
public sealed class SimulatedProcess
{
    internal SimulatedProcess(string name, int index, Action<ProcessSetup> build, bool mayFail)
    {
        Name = name;
        Index = index;
        Build = build;
        MayFail = mayFail;
    }

    /// <summary>Name for people.</summary>
    public string Name { get; }

    /// <summary>Place in <see cref="SimulatedWorld.Processes"/>.</summary>
    public int Index { get; }

    /// <summary>Whether the fault schedule may crash or freeze it; the scenario may always.</summary>
    public bool MayFail { get; }

    /// <summary>The incarnation that lives, or the last that did.</summary>
    public PeerId Peer => Current?.Peer ?? default;

    /// <summary>Whether it runs, frozen or not.</summary>
    public bool IsAlive => Current is { IsAlive: true };

    /// <summary>Whether it handles nothing for a while.</summary>
    public bool IsFrozen => Current is { IsAlive: true, IsFrozen: true };

    /// <summary>Incarnations so far.</summary>
    public int Incarnations { get; internal set; }

    internal Action<ProcessSetup> Build { get; }

    internal Incarnation? Current { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Peer})";
}
