namespace Tessera.Kernels.Configuration;

/// <summary>A device whose step does not depend on its weight (spec devices, section 6).</summary>
public sealed record ConstantStepDevice : PulsedDeviceParameters;
