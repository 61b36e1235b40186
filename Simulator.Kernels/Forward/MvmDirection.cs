using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>Which way a product runs through the crossbar.</summary>
public enum MvmDirection : byte
{
    /// <summary>y = W x: columns in, rows out.</summary>
    Forward,

    /// <summary>x = W^T d: rows in, columns out; bound management is always off (spec forward, section 13).</summary>
    Backward,
}

/// <summary>The call site of a pass in the address of its random numbers. The numeric values are part of the address: never reuse one.</summary>
internal static class MvmCallSite
{
    /// <summary>Every (direction, phase) draws from a key of its own.</summary>
    public static uint Of(MvmDirection direction, ReadPhase phase) => ((uint)direction << 1) | (uint)phase;

    /// <summary>The fixed draws of a direction's periphery.</summary>
    public static uint Of(MvmDirection direction) => (uint)direction;
}
