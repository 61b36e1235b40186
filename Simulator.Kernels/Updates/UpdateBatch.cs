using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>The vector pairs of an update and how they become pulses.</summary>
internal readonly ref struct UpdateBatch
{
    /// <summary>
    /// Step and index of the first vector. Trains are addressed by the index of their own vector, the noise of pulses by that of the first: the pulses of
    /// a cell are numbered from there. The event is that of the write noise.
    /// </summary>
    internal required DrawAddress At { get; init; }

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

    /// <summary>Learning rate of one vector.</summary>
    internal float RateOf(int vector) => Rates.IsEmpty ? LearningRate : Rates[vector];

    /// <summary>Address of one vector's draws.</summary>
    internal DrawAddress AddressOf(int vector) => new(At.Step, checked(At.Vector + (uint)vector), 0);
}
