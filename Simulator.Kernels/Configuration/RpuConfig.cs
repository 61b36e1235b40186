using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Kernels.Configuration;

/// <summary>The physics of a layer's tiles: device, read-out, update and mapping (aihwkit's <c>rpu_config</c>).</summary>
public abstract record RpuConfig
{
    /// <summary>How the layer is cut onto tiles.</summary>
    public MappingParameter Mapping { get; init; } = new();

    /// <summary>Digital steps before and after the product (aihwkit's <c>pre_post</c>). Default: none.</summary>
    [ConfigField(OmittedAtDefault = true)]
    public PrePostProcessingParameter PrePost { get; init; } = new();

    /// <summary>How tiles keep their state (aihwkit's <c>runtime</c>). Default: 32 bits.</summary>
    [ConfigField(OmittedAtDefault = true)]
    public RuntimeParameter Runtime { get; init; } = new();
}

/// <summary>Digital reference tiles (aihwkit's <c>FloatingPointRPUConfig</c>).</summary>
public sealed record FloatingPointRPUConfig : RpuConfig
{
    /// <summary>Weights' own dynamics. Default: none.</summary>
    public FloatingPointDevice Device { get; init; } = new();
}

/// <summary>Tiles whose weights are analog devices, trained in place.</summary>
public abstract record AnalogRPUConfig : RpuConfig
{
    /// <summary>Non-idealities of the forward product.</summary>
    public IOParameters Forward { get; init; } = new();

    /// <summary>Non-idealities of the transposed product; bound management is always off there.</summary>
    public IOParameters Backward { get; init; } = new();

    /// <summary>The pulsed update.</summary>
    public UpdateParameters Update { get; init; } = new();

    /// <summary>What stands at every cross-point.</summary>
    internal abstract DeviceParameters Devices { get; }
}

/// <summary>One pulsed device per cross-point, trained in place (aihwkit's <c>SingleRPUConfig</c>).</summary>
public sealed record SingleRPUConfig : AnalogRPUConfig
{
    /// <summary>The device. Default <see cref="ConstantStepDevice"/>.</summary>
    public DeviceParameters Device { get; init; } = new ConstantStepDevice();

    /// <inheritdoc/>
    internal override DeviceParameters Devices => Device;
}
