namespace Tessera.Kernels.Configuration;

/// <summary>Several devices per cross-point, trained in place (aihwkit's <c>UnitCellRPUConfig</c>).</summary>
public sealed record UnitCellRPUConfig : AnalogRPUConfig
{
    /// <summary>The cell; its devices must be given. Default an empty <see cref="VectorUnitCell"/>, which is refused.</summary>
    public UnitCell Device { get; init; } = new VectorUnitCell();

    /// <inheritdoc/>
    internal override DeviceParameters Devices => Device;
}

/// <summary>Gradients summed up digitally and written to devices from time to time (aihwkit's <c>DigitalRankUpdateRPUConfig</c>).</summary>
public sealed record DigitalRankUpdateRPUConfig : AnalogRPUConfig
{
    /// <summary>The compound; its device must be given.</summary>
    public DigitalRankUpdateCell Device { get; init; } = new MixedPrecisionCompound();

    /// <inheritdoc/>
    internal override DeviceParameters Devices => Device;
}
