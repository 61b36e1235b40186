using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>Which coincidences reach a device, and as what.</summary>
internal enum PulseSide
{
    /// <summary>All, in their direction.</summary>
    Both,

    /// <summary>Those that would lower the weight, as up pulses.</summary>
    DownAsUp,

    /// <summary>Those that would raise the weight, as up pulses.</summary>
    UpAsUp,
}

/// <summary>What a run of vector pairs shares on its way to devices.</summary>
internal readonly ref struct PulseCall
{
    /// <summary>Step and index of the first vector; the event tells apart what else happens to a device within an update.</summary>
    internal required DrawAddress At { get; init; }

    /// <summary>How far the vector word of the noise of pulses is from the first vector: parts of the same vectors follow each other there.</summary>
    internal uint Part { get; init; }

    /// <summary>Largest |x| and largest |d| of each vector where parts of it are left out, or none.</summary>
    internal ReadOnlySpan<(float X, float D)> Maxima { get; init; }

    /// <summary>Learning rate that transfers are scaled by.</summary>
    internal required float TileRate { get; init; }

    /// <summary>Vectors of a mini-batch, by which compounds count.</summary>
    internal required int Units { get; init; }

    /// <summary>Whether the receiver chooses the size of the pulses: the outermost cell does so for all inside.</summary>
    internal bool ChoosesSize { get; init; }

    /// <summary>Learning rate that the pulses are sized for, 0 or more.</summary>
    internal float Rate { get; init; }

    /// <summary>One rate for each vector, or none for <see cref="Rate"/>.</summary>
    internal ReadOnlySpan<float> Rates { get; init; }

    /// <summary>Mean weight change that the pulses are sized for.</summary>
    internal float Granularity { get; init; }

    /// <summary>Which coincidences count.</summary>
    internal PulseSide Side { get; init; }

    /// <summary>The call with the size of its pulses chosen.</summary>
    internal PulseCall Sized(float rate, ReadOnlySpan<float> rates, float granularity) =>
        this with { ChoosesSize = false, Rate = rate, Rates = rates, Granularity = granularity };

    /// <summary>The call for what was left out before.</summary>
    internal PulseCall NextPart() => this with { Part = Part + 1 };

    /// <summary>The call with known maxima of its vectors.</summary>
    internal PulseCall Parted(ReadOnlySpan<(float X, float D)> maxima) => this with { Maxima = maxima };

    /// <summary>The call for coincidences of one direction.</summary>
    internal PulseCall On(PulseSide side) => this with { Side = side };

    /// <summary>The call for some of its vectors.</summary>
    internal PulseCall Segment(int first, int count) => this with
    {
        At = At with { Vector = checked(At.Vector + (uint)first) },
        Rates = Rates.IsEmpty ? Rates : Rates.Slice(first, count),
        Maxima = Maxima.IsEmpty ? Maxima : Maxima.Slice(first, count),
    };
}
