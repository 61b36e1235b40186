using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>The keys of every random number that a pass draws in one phase.</summary>
internal readonly struct MvmKeys(TileIdentity tile, uint callSite)
{
    public readonly RandomKey InputNoise = RandomKey.Derive(tile, RandomStream.InputNoise, callSite);
    public readonly RandomKey InputRounding = RandomKey.Derive(tile, RandomStream.InputRounding, callSite);
    public readonly RandomKey WeightNoise = RandomKey.Derive(tile, RandomStream.WeightNoise, callSite);
    public readonly RandomKey PulseLengthNoise = RandomKey.Derive(tile, RandomStream.PulseLengthNoise, callSite);
    public readonly RandomKey OutputNoise = RandomKey.Derive(tile, RandomStream.OutputNoise, callSite);
    public readonly RandomKey OutputRounding = RandomKey.Derive(tile, RandomStream.OutputRounding, callSite);
}
