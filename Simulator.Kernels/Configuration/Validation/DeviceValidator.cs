namespace Tessera.Kernels.Configuration.Validation;

/// <summary>Refuses devices that cannot be built (spec devices, sections 3 and 6).</summary>
internal static class DeviceValidator
{
    public static void Validate(DeviceParameters device, FieldChecks checks)
    {
        checks.NotNegative("diffusion", device.Diffusion, "0 is off.");
        checks.NotNegative("lifetime", device.Lifetime, "0 is off.");
        switch (device)
        {
            case LinearStepDevice linear:
                CheckWriteNoise(linear, checks);
                CheckReverse(linear.ReverseUp, linear.ReverseDown, linear.MultNoise, checks);
                checks.NotNegative("gamma_up_dtod", linear.GammaUpDtod);
                checks.NotNegative("gamma_down_dtod", linear.GammaDownDtod);
                break;
            case SoftBoundsDevice soft:
                CheckWriteNoise(soft, checks);
                CheckReverse(soft.ReverseUp, soft.ReverseDown, soft.MultNoise, checks);
                break;
            case IdealDevice ideal:
                checks.NotNegative("reset_std", ideal.ResetStd);
                break;
        }

        if (device is PulsedDeviceParameters pulsed) { CheckPulsed(pulsed, checks); }
    }

    private static void CheckPulsed(PulsedDeviceParameters device, FieldChecks checks)
    {
        checks.Positive("dw_min", device.DwMin, "It is the mean weight change of one pulse; 0.001 is the default.");
        checks.NotNegative("w_max", device.WMax, "0 must lie between w_min and w_max.");
        checks.NotPositive("w_min", device.WMin, "0 must lie between w_min and w_max.");
        checks.Between("corrupt_devices_prob", device.CorruptDevicesProb, 0, 1, "It is a probability.");
        checks.NotNegative("corrupt_devices_range", device.CorruptDevicesRange);
        checks.NotNegative("dw_min_dtod", device.DwMinDtod);
        checks.NotNegative("dw_min_std", device.DwMinStd);
        checks.NotNegative("w_max_dtod", device.WMaxDtod);
        checks.NotNegative("w_min_dtod", device.WMinDtod);
        checks.NotNegative("up_down_dtod", device.UpDownDtod);
        checks.NotNegative("diffusion_dtod", device.DiffusionDtod);
        checks.NotNegative("lifetime_dtod", device.LifetimeDtod);
        checks.NotNegative("reset_dtod", device.ResetDtod);
        checks.NotNegative("reset_std", device.ResetStd);
    }

    private static void CheckWriteNoise(WriteNoiseDeviceParameters device, FieldChecks checks) =>
        checks.NotNegative("write_noise_std", device.WriteNoiseStd, "0 is off.");

    private static void CheckReverse(bool up, bool down, bool multNoise, FieldChecks checks)
    {
        if ((up || down) && !multNoise)
        {
            checks.Fail(up ? "reverse_up" : "reverse_down", "saw true with mult_noise false; reversed references need multiplicative noise: set mult_noise to true.");
        }
    }
}
