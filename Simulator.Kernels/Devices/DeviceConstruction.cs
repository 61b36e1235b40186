using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// Device-to-device variation: every hidden parameter is a function of (construction seed, tile, quantity, row, column) (spec devices,
/// section 4). A construction seed of 0 stands for the run's seed.
/// </summary>
internal sealed unsafe class DeviceConstruction
{
    private readonly PulsedDeviceParameters _device;
    private readonly TileIdentity _tile;

    internal DeviceConstruction(PulsedDeviceParameters device, int rows, int columns, TileIdentity tile)
    {
        _device = device;
        Rows = rows;
        Columns = columns;
        Stride = Lanes.RoundUp(columns);
        _tile = device.ConstructionSeed == 0 ? tile : tile with { Seed = (ulong)device.ConstructionSeed };
    }

    /// <summary>Outputs.</summary>
    internal int Rows { get; }

    /// <summary>Inputs.</summary>
    internal int Columns { get; }

    /// <summary>Distance of rows in hidden arrays.</summary>
    internal int Stride { get; }

    /// <summary>What is drawn; the numeric values are part of the address: never reuse one.</summary>
    internal enum Quantity : uint
    {
        MaximumBound = 0,
        MinimumBound = 1,
        StepGain = 2,
        StepAsymmetry = 3,
        Corrupt = 4,
        CorruptValue = 5,
        Diffusion = 6,
        Reset = 7,
        Lifetime = 8,
        SlopeUp = 9,
        SlopeDown = 10,
        DriftNu = 11,
        PowGamma = 12,
        PowAsymmetry = 13,
        Reference = 14,
        ReferenceSlopeUp = 15,
        ReferenceSlopeDown = 16,
        HiddenGain = 17,
        HiddenAsymmetry = 18,
    }

    /// <summary>Fills the parameters that every pulsed device has.</summary>
    internal void Common(HiddenParameters hidden)
    {
        BoundsAndSteps(hidden);
        Diffusion(hidden.DiffusionRate);
        Reset(hidden.ResetBias);
        Lifetime(hidden.DecayScale);
        DriftExponents(hidden.DriftNu);
        hidden.Persistent?.Materialise();
    }

    /// <summary>Standard normals of one quantity for one row.</summary>
    internal void Normals(Quantity quantity, int row, Span<float> destination) =>
        RandomField.Normals(Key(quantity), default, row, destination);

    /// <summary>Draws the weights of reference devices.</summary>
    internal void References(HiddenArray references, float mean, float deviation)
    {
        Spread(references, Quantity.Reference, deviation == 0, xi => mean + (deviation * xi));
        _ = references.Materialise();
    }

    private RandomKey Key(Quantity quantity) => RandomKey.Derive(_tile, RandomStream.Construction, (uint)quantity);

    private void BoundsAndSteps(HiddenParameters hidden)
    {
        var maximum = hidden.Maximum.Materialise();
        var minimum = hidden.Minimum.Materialise();
        var up = hidden.Up.Materialise();
        var down = hidden.Down.Materialise();
        var draws = new float[6][];
        for (var q = 0; q < draws.Length; q++) draws[q] = new float[Columns];
        for (var row = 0; row < Rows; row++)
        {
            for (var q = Quantity.MaximumBound; q <= Quantity.StepAsymmetry; q++) Normals(q, row, draws[(int)q]);
            if (_device.CorruptDevicesProb > 0)
            {
                RandomField.Uniforms(Key(Quantity.Corrupt), default, row, draws[4]);
                RandomField.Uniforms(Key(Quantity.CorruptValue), default, row, draws[5]);
            }

            for (var column = 0; column < Columns; column++)
            {
                var index = (row * Stride) + column;
                BoundsAndSteps(draws, column, out maximum[index], out minimum[index], out up[index], out down[index]);
            }
        }
    }

    private void BoundsAndSteps(float[][] draws, int column, out float maximum, out float minimum, out float up, out float down)
    {
        maximum = _device.WMax * (1 + (_device.WMaxDtod * draws[0][column]));
        minimum = _device.WMin * (1 + (_device.WMinDtod * draws[1][column]));
        var spread = _device.DwMinDtod * draws[2][column];
        var gain = _device.DwMinDtodLogNormal ? ScalarMath.Exp(spread) : 1 + spread;
        var asymmetry = _device.UpDownDtod * draws[3][column];
        up = (gain + asymmetry + MathF.Min(_device.UpDown, 0)) * _device.DwMin;
        down = (gain - asymmetry - MathF.Max(_device.UpDown, 0)) * _device.DwMin;
        MakeConsistent(ref maximum, ref minimum, ref up, ref down);
        if (_device.CorruptDevicesProb > draws[4][column])
        {
            var range = MathF.Abs(_device.CorruptDevicesRange);
            var low = MathF.Max(minimum, -range);
            var high = MathF.Min(maximum, range);
            minimum = maximum = low + ((high - low) * draws[5][column]);
            up = down = 0;
        }

        if (_device.PerfectBias && column == Columns - 1)
        {
            up = down = _device.DwMin;
            minimum = 100 * _device.WMin;
            maximum = 100 * _device.WMax;
        }
    }

    private void MakeConsistent(ref float maximum, ref float minimum, ref float up, ref float down)
    {
        if (_device.EnforceConsistency)
        {
            up = MathF.Abs(up);
            down = MathF.Abs(down);
            if (minimum > maximum) (minimum, maximum) = (maximum, minimum);
            maximum = MathF.Abs(maximum);
            minimum = -MathF.Abs(minimum);
        }
        else if (minimum > maximum)
        {
            minimum = maximum = (minimum + maximum) / 2;
        }
    }

    private void Diffusion(HiddenArray rate) => Spread(
        rate, Quantity.Diffusion, _device.Diffusion * _device.DiffusionDtod == 0, xi => MathF.Abs(_device.Diffusion * (1 + (_device.DiffusionDtod * xi))));

    private void Reset(HiddenArray bias) =>
        Spread(bias, Quantity.Reset, _device.ResetDtod == 0, xi => _device.Reset + (_device.ResetDtod * xi));

    private void DriftExponents(HiddenArray nu) => Spread(
        nu, Quantity.DriftNu, _device.Drift.NuDtod == 0 || _device.Drift.Nu == 0, xi => _device.Drift.Nu + (_device.Drift.NuDtod * _device.Drift.Nu * xi));

    private void Lifetime(HiddenArray scale) =>
        Spread(scale, Quantity.Lifetime, _device.Lifetime <= 0 || _device.LifetimeDtod == 0, DecayScale);

    private float DecayScale(float xi)
    {
        if (_device.Lifetime <= 0) return 1;
        var lifetime = _device.Lifetime * (1 + (_device.LifetimeDtod * xi));
        return lifetime > 1 ? 1 - (1 / lifetime) : 0;
    }

    private void Spread(HiddenArray target, Quantity quantity, bool constant, Func<float, float> value)
    {
        if (constant)
        {
            target.SetConstant(value(0));
            return;
        }

        var values = target.Materialise();
        var normals = new float[Columns];
        for (var row = 0; row < Rows; row++)
        {
            Normals(quantity, row, normals);
            for (var column = 0; column < Columns; column++)
            {
                values[(row * Stride) + column] = value(normals[column]);
            }
        }
    }
}
