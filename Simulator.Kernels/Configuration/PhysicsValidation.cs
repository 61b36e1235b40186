namespace Tessera.Kernels.Configuration;

/// <summary>Finds impossible values of physics parameters, all at once. Messages name the field as configuration files spell it.</summary>
public static class PhysicsValidation
{
    /// <summary>Problems of a device; empty if it can be built.</summary>
    public static IEnumerable<string> Of(DeviceParameters device)
    {
        if (!(device.Diffusion >= 0)) yield return $"diffusion is {device.Diffusion}, expected 0 or more.";
        if (!float.IsFinite(device.Lifetime)) yield return $"lifetime is {device.Lifetime}, expected a finite number (0 switches it off).";
        if (device is PulsedDeviceParameters pulsed)
        {
            foreach (var problem in OfPulsed(pulsed)) yield return problem;
        }

        if (device is WriteNoiseDeviceParameters { WriteNoiseStd: var noise } && !(noise >= 0))
        {
            yield return $"write_noise_std is {noise}, expected 0 or more.";
        }

        var reversed = device switch
        {
            LinearStepDevice l => (l.ReverseUp || l.ReverseDown) && !l.MultNoise,
            SoftBoundsDevice s => (s.ReverseUp || s.ReverseDown) && !s.MultNoise,
            _ => false,
        };
        if (reversed) yield return "reverse_up and reverse_down need mult_noise: true.";
    }

    /// <summary>Problems of the update parameters; empty if they can be used.</summary>
    public static IEnumerable<string> Of(UpdateParameters update)
    {
        if (update.DesiredBl is < 1 or > ushort.MaxValue)
        {
            yield return $"desired_bl is {update.DesiredBl}, expected 1 to {ushort.MaxValue}.";
        }

        if (!(update.Res <= 1))
        {
            yield return $"res is {update.Res}, expected a bin width of at most 1 (0 switches it off); write {1 / update.Res} for {update.Res} bins.";
        }

        if (!(update.UmGradScale > 0) || !float.IsFinite(update.UmGradScale))
        {
            yield return $"um_grad_scale is {update.UmGradScale}, expected a finite number above 0.";
        }

        if (update.PulseType == PulseType.DeterministicImplicit)
        {
            yield return "pulse_type DeterministicImplicit is not available; use StochasticCompressed, Stochastic, MeanCount, NoneWithDevice or None.";
        }
    }

    private static IEnumerable<string> OfPulsed(PulsedDeviceParameters device)
    {
        if (!(device.DwMin > 0) || !float.IsFinite(device.DwMin)) yield return $"dw_min is {device.DwMin}, expected a finite number above 0.";
        if (!(device.DwMinStd >= 0) || !float.IsFinite(device.DwMinStd)) yield return $"dw_min_std is {device.DwMinStd}, expected a finite number of 0 or more.";
        if (!(device.WMax >= 0) || !(device.WMin <= 0) || !float.IsFinite(device.WMax) || !float.IsFinite(device.WMin))
        {
            yield return $"The bounds are w_min {device.WMin} and w_max {device.WMax}; 0 must lie between them.";
        }

        if (!(device.CorruptDevicesProb is >= 0 and <= 1)) yield return $"corrupt_devices_prob is {device.CorruptDevicesProb}, expected 0 to 1.";
        (string Name, float Value)[] spreads =
        [
            ("dw_min_dtod", device.DwMinDtod), ("up_down", device.UpDown), ("up_down_dtod", device.UpDownDtod), ("w_max_dtod", device.WMaxDtod),
            ("w_min_dtod", device.WMinDtod), ("diffusion_dtod", device.DiffusionDtod), ("lifetime_dtod", device.LifetimeDtod),
            ("reset", device.Reset), ("reset_dtod", device.ResetDtod), ("reset_std", device.ResetStd),
            ("corrupt_devices_range", device.CorruptDevicesRange),
        ];
        foreach (var (name, value) in spreads)
        {
            if (!float.IsFinite(value)) yield return $"{name} is {value}, expected a finite number.";
        }
    }
}
