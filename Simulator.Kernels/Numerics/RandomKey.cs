namespace Tessera.Kernels.Numerics;

/// <summary>
/// The 64-bit Philox key of everything one call site draws. Who draws and why is hashed into the key; when and for which cell is the
/// counter (<see cref="DrawAddress"/>, row, column).
/// </summary>
/// <param name="K0">First key word.</param>
/// <param name="K1">Second key word.</param>
public readonly record struct RandomKey(uint K0, uint K1)
{
    /// <summary>
    /// Hashes who draws into a key: the first two words of the Philox4x32-10 block whose key is the seed (low word, high word) and whose
    /// counter is (call site, stream, replica, tile). Different inputs under one seed have different blocks; the 64 bits kept of them
    /// collide for two of n keys with probability n^2 / 2^65.
    /// </summary>
    /// <param name="tile">Seed, tile and replica.</param>
    /// <param name="stream">What the numbers are for.</param>
    /// <param name="callSite">Tells apart several draws of one stream in one tile, for instance hidden device arrays; default 0.</param>
    /// <remarks>
    /// A device of a unit cell adds its path to the call site from bit 8 on. Pulse trains are drawn at the lines, so they take the path of the cell whose
    /// lines they are.
    /// </remarks>
    public static RandomKey Derive(in TileIdentity tile, RandomStream stream, uint callSite = 0)
    {
        var isTrain = stream is RandomStream.PulseTrainX or RandomStream.PulseTrainD or RandomStream.PulseRoundingX or RandomStream.PulseRoundingD;
        callSite |= (isTrain ? tile.Trains : tile.Device) << 8;
        var seed = new RandomKey((uint)tile.Seed, (uint)(tile.Seed >> 32));
        PhiloxReference.Block(seed, callSite, (uint)stream, tile.Replica, tile.Tile, out var k0, out var k1, out _, out _);
        return new RandomKey(k0, k1);
    }
}
