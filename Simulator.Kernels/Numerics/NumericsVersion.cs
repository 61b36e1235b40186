namespace Tessera.Kernels.Numerics;

/// <summary>Names the bits that this code produces. It rises whenever any bit of any result changes; a saved state says which one it was made with.</summary>
public static class NumericsVersion
{
    /// <summary>The version of this code.</summary>
    public const int Current = 2;
}
