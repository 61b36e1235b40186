namespace Tessera.Kernels.Configuration;

/// <summary>A device with the values of a published one.</summary>
/// <param name="Name">Name in files, aihwkit's class name.</param>
/// <param name="Device">Its parameters.</param>
/// <param name="Description">What it is, in a few words.</param>
public sealed record DevicePreset(string Name, DeviceParameters Device, string Description);

/// <summary>
/// The device presets of aihwkit as a table: a file names one where it would name a device, and writes fields to change them (spec presets, section 2).
/// </summary>
public static class DevicePresets
{
    /// <summary>All presets.</summary>
    public static IReadOnlyList<DevicePreset> All { get; } =
    [
        new("ReRamESPresetDevice", ReRamES, "resistive memory, exponential step"),
        new("ReRamSBPresetDevice", ReRamSB, "resistive memory, soft bounds"),
        new("CapacitorPresetDevice", Capacitor, "capacitor"),
        new("EcRamPresetDevice", EcRam, "lithium electro-chemical memory"),
        new("EcRamMOPresetDevice", EcRamMO, "metal-oxide electro-chemical memory"),
        new("IdealizedPresetDevice", Idealized, "idealized device with many states"),
        new("GokmenVlasovPresetDevice", GokmenVlasov, "device of Gokmen and Vlasov"),
        new("PCMPresetDevice", PCM, "phase-change memory; uni-directional: use it inside a one-sided cell"),
        new("ReRamArrayOMPresetDevice", ReRamArrayOM, "array of optimized-material resistive memory"),
        new("ReRamArrayHfO2PresetDevice", ReRamArrayHfO2, "array of hafnium-oxide resistive memory"),
    ];

    private static ExpStepDevice ReRamES => new()
    {
        DwMin = 0.00135f,
        DwMinDtod = 0.2f,
        DwMinStd = 5f,
        UpDown = 0.259359f,
        UpDownDtod = 0.05f,
        WMax = 1f,
        WMin = -1f,
        WriteNoiseStd = 75f,
        AmplitudeUp = -1.18445f,
        AmplitudeDown = -0.081404f,
        GammaUp = 5f,
        GammaDown = 5f,
        Scale = -0.5f,
        Offset = -0.5f,
    };

    private static SoftBoundsReferenceDevice ReRamSB => new()
    {
        DwMin = 0.002f,
        DwMinStd = 3.75f,
        WMax = 1.25f,
        WMin = -0.75f,
        WMaxDtod = (float)(0.3 / 1.25),
        WMinDtod = (float)(0.3 / 0.75),
        WriteNoiseStd = 56f,
    };

    private static LinearStepDevice Capacitor => new()
    {
        DwMin = 0.005f,
        DwMinDtod = 0.1f,
        UpDownDtod = 0.06f,
        WMax = 1f,
        WMin = -1f,
        WMaxDtod = 0.07f,
        WMinDtod = 0.07f,
        MultNoise = false,
        GammaUp = 0.05f,
        GammaDown = 0.05f,
        GammaUpDtod = 0.01f,
        GammaDownDtod = 0.01f,
        Lifetime = 1e6f,
        LifetimeDtod = 0.3f,
    };

    private static LinearStepDevice EcRam => new()
    {
        DwMin = 0.002f,
        DwMinDtod = 0.1f,
        WMax = 1.1724f,
        WMin = -0.8276f,
        WMaxDtod = 0.05f,
        WMinDtod = 0.05f,
        GammaUp = 0.1153f,
        GammaDown = 0.5085f,
    };

    private static LinearStepDevice EcRamMO => new()
    {
        DwMin = 2.8214e-4f,
        DwMinDtod = 0.1f,
        DwMinStd = 2f,
        WMax = 1.1714f,
        WMin = -0.8286f,
        WMaxDtod = 0.05f,
        WMinDtod = 0.05f,
        GammaUp = 0.4152f,
        GammaDown = 0.7342f,
    };

    private static ConstantStepDevice Idealized => new() { DwMin = 0.0002f, UpDownDtod = 0f, WMax = 1f, WMin = -1f };

    private static ConstantStepDevice GokmenVlasov => new() { DwMin = 0.0016f, WMax = 1f, WMin = -1f };

    private static ExpStepDevice PCM => new()
    {
        DwMin = 0.01f,
        DwMinDtod = 0.2f,
        DwMinStd = 0.6f,
        UpDownDtod = 0.05f,
        WMax = 2f,
        WMin = 0f,
        WMaxDtod = 0.1f,
        WMinDtod = 0f,
        AmplitudeUp = -27.235f,
        AmplitudeDown = -2.235f,
        GammaUp = 2.5f,
        GammaDown = 2.5f,
        Scale = -1f,
        Offset = 0f,
        DwMinStdAdd = 0.042f,
        DwMinStdSlope = 0.108f,
        Reset = 0.01f,
        ResetDtod = 0.02f,
    };

    private static SoftBoundsReferenceDevice ReRamArrayOM => ReRamArray with
    {
        DwMin = 0.0949f,
        DwMinDtod = 0.7829f,
        DwMinStd = 0.4158f,
        WMaxDtod = 0.3499f,
        WMinDtod = 0.5695f,
        WriteNoiseStd = 1.4113f,
    };

    private static SoftBoundsReferenceDevice ReRamArrayHfO2 => ReRamArray with
    {
        DwMin = 0.4622f,
        DwMinDtod = 0.7125f,
        DwMinStd = 0.2174f,
        WMaxDtod = 0.4295f,
        WMinDtod = 0.5990f,
        WriteNoiseStd = 0.5841f,
    };

    /// <summary>What both arrays have in common.</summary>
    private static SoftBoundsReferenceDevice ReRamArray => new()
    {
        DwMinDtodLogNormal = true,
        WMax = 1f,
        WMin = -1f,
        CorruptDevicesRange = 0.01f,
        SubtractSymmetryPoint = true,
        ReferenceStd = 0.05f,
    };
}
