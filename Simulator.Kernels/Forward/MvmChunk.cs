using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>The vectors of one chunk of a call, as they lie at the caller, and where their noise is drawn.</summary>
internal readonly unsafe struct MvmChunk
{
    /// <summary>[Count, XWidth] inputs.</summary>
    public float* X { get; init; }

    public int XWidth { get; init; }

    /// <summary>[Count, YWidth] results.</summary>
    public float* Y { get; init; }

    public int YWidth { get; init; }

    public int Count { get; init; }

    /// <summary>Index of the first vector within the mini-batch or the test set.</summary>
    public int FirstVector { get; init; }

    public uint Step { get; init; }

    public ReadPhase Phase { get; init; }

    public MvmKeys Keys { get; init; }

    /// <summary>Whether the maxima of the inputs are recorded for the next commit.</summary>
    public bool Records { get; init; }

    public DrawAddress Address(int vector, int round) => new(Step, (uint)(FirstVector + vector), (uint)round);

    public PassAddress PassAddress(int round, int pass) => new(Keys.WeightNoise, Step, FirstVector, round, pass);
}
