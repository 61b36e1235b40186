using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Sweeps;

/// <summary>One thing that a sweep varies.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">What it takes, in the order of the file; one or more, with different names.</param>
internal sealed record SweepAxis(string Name, IReadOnlyList<SweepValue> Values);

/// <summary>One value of an axis: fields of the experiment and what they are set to.</summary>
/// <param name="Name">Name of the value, a part of the names of its combinations.</param>
/// <param name="Sets">Fields by their dotted paths, in the order written; none for a value that others refer to by its name.</param>
internal sealed record SweepValue(string Name, IReadOnlyList<ConfigEntry> Sets);

/// <summary>One value of every axis.</summary>
/// <param name="Values">The values, in the order of the axes.</param>
internal sealed record SweepCombination(IReadOnlyList<SweepValue> Values)
{
    /// <summary>Separates the names of values in <see cref="Key"/>; no name holds it.</summary>
    public const char Separator = '|';

    /// <summary>The names of the values, for instance <c>sgd|EcRam</c>.</summary>
    public string Key { get; } = string.Join(Separator, Values.Select(value => value.Name));
}
