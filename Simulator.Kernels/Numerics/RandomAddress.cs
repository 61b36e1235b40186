namespace Tessera.Kernels.Numerics;

/// <summary>Who draws: the run's seed, the tile's index in the plan and the replica (0 unless a tile is instantiated more than once).</summary>
/// <param name="Seed">Run seed, or the construction seed where a device sets one; any 64-bit value.</param>
/// <param name="Tile">Index of the tile in the plan, 0 to 2^32 - 1.</param>
/// <param name="Replica">Copy of the tile, default 0.</param>
public readonly record struct TileIdentity(ulong Seed, uint Tile, uint Replica = 0)
{
    /// <summary>Devices of one unit cell, and extra update of a device as a last one.</summary>
    private const uint DevicesMax = 63;

    /// <summary>Nested unit cells.</summary>
    private const uint PathMax = 1 << 24;

    /// <summary>Which device of a unit cell draws: six bits a level, 0 for the tile itself.</summary>
    public uint Device { get; private init; }

    /// <summary>Whose pulse trains arrive at the device, in the form of <see cref="Device"/>: devices of a cell may share those of the cell.</summary>
    public uint Trains { get; private init; }

    /// <summary>Device number <paramref name="index"/> of the unit cell that this identity stands for.</summary>
    /// <param name="index">0 to 62.</param>
    /// <param name="sharesTrains">Whether the pulse trains are those of the cell.</param>
    /// <exception cref="NotSupportedException">More than 63 devices in a cell, or cells nested more than four levels deep.</exception>
    public TileIdentity OfDevice(int index, bool sharesTrains)
    {
        var path = ((ulong)Device << 6) + (uint)index + 1;
        if ((uint)index >= DevicesMax || path >= PathMax)
        {
            throw new NotSupportedException(
                $"Device {index} at path {Device} of a unit cell has no address: a cell has at most {DevicesMax} devices, and cells nest four levels deep.");
        }

        return this with { Device = (uint)path, Trains = sharesTrains ? Trains : (uint)path };
    }
}

/// <summary>
/// When a number is drawn: three of the four words of a Philox counter; the fourth is the cell (row and column).
/// See docs/numerics.md for the bit widths.
/// </summary>
/// <param name="Step">Mini-batch counter of the run.</param>
/// <param name="Vector">Index of the vector within the mini-batch (or within the test set).</param>
/// <param name="Event">Round of bound management, slot of a pulse train, or index of an event; its meaning belongs to the stream.</param>
public readonly record struct DrawAddress(uint Step, uint Vector, uint Event)
{
    /// <summary>Packs a step counter that may not exceed 32 bits; more is refused, never wrapped.</summary>
    /// <exception cref="OverflowException">The step does not fit into 32 bits.</exception>
    public static uint PackStep(ulong step) => step <= uint.MaxValue
        ? (uint)step
        : throw new OverflowException($"Step {step} exceeds the address space of 32 bits; start a new run from the last checkpoint.");
}

/// <summary>What a random number is for. Two purposes never share a stream. The numeric values are part of the address: never reuse one.</summary>
public enum RandomStream : ushort
{
    /// <summary>Weights of a fresh tile and of a layer's default initialisation.</summary>
    WeightInitialisation = 1,

    /// <summary>Device-to-device variation drawn when a tile is built.</summary>
    Construction = 2,

    /// <summary>Noise on the DAC output.</summary>
    InputNoise = 3,

    /// <summary>Dither of a stochastically rounding DAC.</summary>
    InputRounding = 4,

    /// <summary>Noise before the ADC.</summary>
    OutputNoise = 5,

    /// <summary>Dither of a stochastically rounding ADC.</summary>
    OutputRounding = 6,

    /// <summary>Output-referred weight noise.</summary>
    WeightNoise = 7,

    /// <summary>Fixed per-output draws of the periphery (offsets, spreads, non-linearities).</summary>
    PeripherySpread = 8,

    /// <summary>Pulse train of the forward input.</summary>
    PulseTrainX = 9,

    /// <summary>Pulse train of the error.</summary>
    PulseTrainD = 10,

    /// <summary>Stochastic rounding of pulse probabilities of the forward input.</summary>
    PulseRoundingX = 11,

    /// <summary>Stochastic rounding of pulse probabilities of the error.</summary>
    PulseRoundingD = 12,

    /// <summary>Cycle-to-cycle noise of single pulses, addressed by the ordinal of the pulse at its cell.</summary>
    PulseNoise = 13,

    /// <summary>Cycle-to-cycle noise of pulses that are aggregated over a mini-batch.</summary>
    AggregatedPulseNoise = 14,

    /// <summary>Write noise of a device with persistent weights.</summary>
    WriteNoise = 15,

    /// <summary>Diffusion after an update.</summary>
    Diffusion = 16,

    /// <summary>Reset of devices.</summary>
    Reset = 17,

    /// <summary>Drift of devices.</summary>
    Drift = 18,

    /// <summary>Dropout masks of digital stages.</summary>
    Dropout = 19,

    /// <summary>Order of the samples of an epoch.</summary>
    Shuffle = 20,

    /// <summary>Built-in data sets.</summary>
    Data = 21,

    /// <summary>Which device of a unit cell takes the pulses of a vector.</summary>
    CellChoice = 40,

    /// <summary>Where a transfer starts.</summary>
    TransferStart = 41,

    /// <summary>Whether a transfer resets what it read.</summary>
    TransferReset = 42,

    /// <summary>Flips of choppers.</summary>
    Chopper = 43,

    /// <summary>Stochastic rounding of x and of d before they are summed up digitally.</summary>
    RankRounding = 44,

    /// <summary>Read noise of devices that depends on the length of the read pulses.</summary>
    PulseLengthNoise = 45,

    /// <summary>Stochastic rounding of 16-bit state.</summary>
    StateRounding = 60,
}
