using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>The vector pairs of an update and how they become pulses.</summary>
internal readonly ref struct UpdateBatch
{
    /// <summary>Step and index of the first vector; trains are addressed by the index of their own vector.</summary>
    internal required DrawAddress At { get; init; }

    /// <summary>Step and vector of the noise of all pulses, which are numbered over the batch; the event is that of the write noise.</summary>
    internal required DrawAddress NoiseAt { get; init; }

    /// <summary>Learning rate of all vectors, above 0, unless each has its own.</summary>
    internal required float LearningRate { get; init; }

    /// <summary>Learning rate of each vector, 0 or more; empty where they share one.</summary>
    internal ReadOnlySpan<float> Rates { get; init; }

    /// <summary>Mean weight change of a pulse.</summary>
    internal required float Granularity { get; init; }

    /// <summary>Which coincidences count.</summary>
    internal PulseSide Side { get; init; }

    /// <summary>[Count, columns].</summary>
    internal required ReadOnlySpan<float> X { get; init; }

    /// <summary>[Count, rows].</summary>
    internal required ReadOnlySpan<float> D { get; init; }

    /// <summary>Vector pairs, 1 or more.</summary>
    internal required int Count { get; init; }

    /// <summary>Largest |x| and largest |d| of each vector where parts of it are left out; empty where the vectors are whole.</summary>
    internal ReadOnlySpan<(float X, float D)> Maxima { get; init; }

    /// <summary>Slots and scales of one vector; a vector without any x sends no pulse.</summary>
    internal BitLineScales ScalesOf(int vector, UpdateParameters update)
    {
        var columns = X.Length / Count;
        var rows = D.Length / Count;
        var x = X.Slice(vector * columns, columns);
        var d = D.Slice(vector * rows, rows);
        if (Maxima.IsEmpty)
        {
            return BitLineScales.Choose(update, RateOf(vector), Granularity, VectorMaximum.OfMagnitudes(x), VectorMaximum.OfMagnitudes(d));
        }

        if (!x.ContainsAnyExcept(0f) || !d.ContainsAnyExcept(0f)) return default;
        var (xMax, dMax) = Maxima[vector];
        return BitLineScales.Choose(update, RateOf(vector), Granularity, xMax, dMax);
    }

    /// <summary>Learning rate of one vector.</summary>
    internal float RateOf(int vector) => Rates.IsEmpty ? LearningRate : Rates[vector];

    /// <summary>Address of one vector's draws.</summary>
    internal DrawAddress AddressOf(int vector) => new(At.Step, checked(At.Vector + (uint)vector), 0);
}
