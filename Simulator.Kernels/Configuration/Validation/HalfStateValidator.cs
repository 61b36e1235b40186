using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Configuration.Validation;

/// <summary>Refuses 16-bit state that would swallow the pulses of a device, on its own or in a cell.</summary>
internal static class HalfStateValidator
{
    /// <summary>Neighbouring 16-bit numbers that a mean pulse must pass at the bound.</summary>
    private const int LeastUnits = 2;

    /// <summary>Checks the state of a physics configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="checks">Receives the failures.</param>
    public static void Validate(RpuConfig config, FieldChecks checks)
    {
        FieldChecks runtime = checks.Inside("runtime");
        if (config.Runtime.DataType != RPUDataType.Half)
        {
            if (config.Runtime.StochasticRounding)
            {
                runtime.Fail("stochastic_rounding", "saw true with data_type float, which is not rounded; expected false, or data_type: half.");
            }

            return;
        }

        // Under pulse type None the weights have no pulses and no bounds.
        if (config is AnalogRPUConfig { Update.PulseType: not PulseType.None } analog)
        {
            CheckDevices(analog.Devices, "half", runtime);
        }
    }

    /// <summary>The runtime parameters of a tile that is built without a configuration file.</summary>
    /// <exception cref="ArgumentException">16-bit state cannot hold the device's weights.</exception>
    public static RuntimeParameter Require(AnalogRPUConfig config)
    {
        ConfigProblems problems = new(new SourceMark(config.GetType().Name));
        Validate(config, new FieldChecks(problems, string.Empty));
        return problems.All.Count == 0
            ? config.Runtime
            : throw new ArgumentException(string.Join(Environment.NewLine, problems.All.Select(problem => $"{problem.Path}: {problem.Message}")));
    }

    /// <summary>Goes through the devices of cells.</summary>
    /// <param name="devices">Device or cell.</param>
    /// <param name="seen">What was seen, for messages.</param>
    /// <param name="runtime">Receives the failures.</param>
    private static void CheckDevices(DeviceParameters devices, string seen, FieldChecks runtime)
    {
        switch (devices)
        {
            case DigitalRankUpdateCell compound:
                CheckDevices(compound.Device, $"{seen} for the {compound.Device.GetType().Name} in {compound.GetType().Name}", runtime);
                break;
            case UnitCell cell:
                for (int k = 0; k < cell.UnitCellDevices.Count; k++)
                {
                    DeviceParameters inner = cell.UnitCellDevices[k];
                    CheckDevices(inner, $"{seen} for device {k} ({inner.GetType().Name}) of {cell.GetType().Name}", runtime);
                }

                break;
            case PulsedDeviceParameters device:
                CheckPulses(device is SoftBoundsPmaxDevice soft ? soft.ToSoftBounds() : device, seen, runtime);
                break;
        }
    }

    private static void CheckPulses(PulsedDeviceParameters device, string seen, FieldChecks runtime)
    {
        float bound = MathF.Max(device.WMax, -device.WMin);
        if (!(bound <= HalfReference.Maximum))
        {
            runtime.Fail(
                "data_type",
                $"saw {seen} with bounds of {FieldChecks.Text(bound)}, expected at most {FieldChecks.Text(HalfReference.Maximum)}, the largest 16-bit number: "
                + "use smaller bounds or data_type: float.");
            return;
        }

        float unit = HalfReference.UnitAt(bound);
        if (device.DwMin < LeastUnits * unit)
        {
            runtime.Fail(
                "data_type",
                $"saw {seen} with dw_min {FieldChecks.Text(device.DwMin)} and bounds of {FieldChecks.Text(bound)}, where 16-bit numbers lie {FieldChecks.Text(unit)} apart; "
                + $"expected a dw_min of at least two such distances, {FieldChecks.Text(LeastUnits * unit)}: use data_type: float, a larger dw_min or smaller bounds.");
        }

        if (device is HiddenStepDevice hidden && 1 / hidden.HsHiddenStates < LeastUnits * HalfReference.UnitAt(1))
        {
            runtime.Fail(
                "data_type",
                $"saw {seen} with hs_hidden_states {FieldChecks.Text(hidden.HsHiddenStates)}, expected at most "
                + $"{FieldChecks.Text(1 / (LeastUnits * HalfReference.UnitAt(1)))}, since hidden weights reach 1: use data_type: float or fewer hidden states.");
        }
    }
}
