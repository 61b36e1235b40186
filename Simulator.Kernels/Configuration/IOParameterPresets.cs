namespace Tessera.Kernels.Configuration;

/// <summary>The read-out of aihwkit's device presets: 7-bit DAC, 9-bit ADC, <c>out_bound</c> 20, <c>out_noise</c> 0.1 (spec presets, section 1).</summary>
public sealed record PresetIOParameters : IOParameters
{
    /// <summary>The preset; every field can be overridden.</summary>
    public PresetIOParameters() => (OutBound, OutNoise) = (20.0f, 0.1f);
}

/// <summary>aihwkit's standard read-out: 8-bit converters, <c>out_bound</c> 10, <c>out_noise</c> 0.04 (spec presets, section 1).</summary>
public sealed record StandardIOParameters : IOParameters
{
    /// <summary>The preset; every field can be overridden.</summary>
    public StandardIOParameters() => (InpRes, OutRes, OutBound, OutNoise) = ((float)(1.0 / 254.0), (float)(1.0 / 254.0), 10.0f, 0.04f);
}

/// <summary>The read-out of aihwkit's web composer: the values of <see cref="PresetIOParameters"/> (spec presets, section 1).</summary>
public sealed record WebComposerIOParameters : IOParameters
{
    /// <summary>The preset; every field can be overridden.</summary>
    public WebComposerIOParameters() => (OutBound, OutNoise) = (20.0f, 0.1f);
}
