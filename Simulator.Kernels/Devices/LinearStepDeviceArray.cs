using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// Devices whose step is linear in their weight (spec devices, section 6, LinearStep). SoftBounds is the same device with slopes of exactly one,
/// referred to the cells' own bounds.
/// </summary>
internal sealed unsafe class LinearStepDeviceArray : PulsedDeviceArray<LinearStepModel>
{
    private readonly LinearStepDevice _device;

    internal LinearStepDeviceArray(LinearStepDevice device, UpdateParameters update, int rows, int columns, TileIdentity tile)
        : base(device, update, rows, columns, tile, ["slope_up", "slope_down"])
    {
        _device = device;
        Model = new LinearStepModel(device.DwMinStd, device.MultNoise);
        Construct();
    }

    /// <inheritdoc/>
    protected override LinearStepModel Model { get; }

    /// <summary>The linear device that a soft-bounds device stands for.</summary>
    internal static LinearStepDevice FromSoftBounds(SoftBoundsDevice device) => new()
    {
        Diffusion = device.Diffusion,
        Lifetime = device.Lifetime,
        ConstructionSeed = device.ConstructionSeed,
        CorruptDevicesProb = device.CorruptDevicesProb,
        CorruptDevicesRange = device.CorruptDevicesRange,
        DiffusionDtod = device.DiffusionDtod,
        DwMin = device.DwMin,
        DwMinDtod = device.DwMinDtod,
        DwMinDtodLogNormal = device.DwMinDtodLogNormal,
        DwMinStd = device.DwMinStd,
        EnforceConsistency = device.EnforceConsistency,
        LifetimeDtod = device.LifetimeDtod,
        PerfectBias = device.PerfectBias,
        Reset = device.Reset,
        ResetDtod = device.ResetDtod,
        ResetStd = device.ResetStd,
        UpDown = device.UpDown,
        UpDownDtod = device.UpDownDtod,
        WMax = device.WMax,
        WMaxDtod = device.WMaxDtod,
        WMin = device.WMin,
        WMinDtod = device.WMinDtod,
        WriteNoiseStd = device.WriteNoiseStd,
        ApplyWriteNoiseOnSet = device.ApplyWriteNoiseOnSet,
        GammaUp = 1,
        GammaDown = 1,
        GammaUpDtod = 0,
        GammaDownDtod = 0,
        AllowIncreasing = false,
        MeanBoundReference = false,
        MultNoise = device.MultNoise,
        ReverseUp = device.ReverseUp,
        ReverseDown = device.ReverseDown,
        ReverseOffset = device.ReverseOffset,
    };

    private protected override void ConstructExtras(DeviceConstruction construction, HiddenParameters hidden)
    {
        var slopeUp = hidden.Extras[0].Materialise();
        var slopeDown = hidden.Extras[1].Materialise();
        var upDraws = new float[Columns];
        var downDraws = new float[Columns];
        var stride = Lanes.RoundUp(Columns);
        for (var row = 0; row < Rows; row++)
        {
            if (_device.GammaUpDtod != 0) construction.Normals(DeviceConstruction.Quantity.SlopeUp, row, upDraws);
            if (_device.GammaDownDtod != 0) construction.Normals(DeviceConstruction.Quantity.SlopeDown, row, downDraws);
            for (var column = 0; column < Columns; column++)
            {
                var i = (row * stride) + column;
                var maximum = _device.MeanBoundReference ? _device.WMax : hidden.Maximum.At(i);
                var minimum = _device.MeanBoundReference ? _device.WMin : hidden.Minimum.At(i);
                slopeUp[i] = Slope(
                    _device.GammaUp + (_device.GammaUpDtod * upDraws[column]), hidden.Up.At(i), _device.ReverseUp ? minimum - _device.ReverseOffset : maximum);
                slopeDown[i] = Slope(
                    _device.GammaDown + (_device.GammaDownDtod * downDraws[column]), hidden.Down.At(i), _device.ReverseDown ? maximum + _device.ReverseOffset : minimum);
            }
        }
    }

    private float Slope(float gamma, float step, float reference)
    {
        if (!_device.AllowIncreasing) gamma = MathF.Abs(gamma);
        return reference == 0 ? 0 : -gamma * step / reference;
    }
}
