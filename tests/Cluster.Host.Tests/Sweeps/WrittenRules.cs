using Tessera.Host.Configuration;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Tests.Sweeps;

/// <summary>The learning rules of the sweep with all their settings written out, as a file without <c>build_config</c> has them.</summary>
internal static class WrittenRules
{
    private static readonly Dictionary<string, string> Texts = new()
    {
        ["sgd"] = "{type: SingleRPUConfig, device: DEVICE}",
        ["tiki-taka"] = """
            type: UnitCellRPUConfig
            device:
              type: TransferCompound
              unit_cell_devices: [DEVICE, DEVICE]
              transfer_forward: {noise_management: None, bound_management: None}
            """,
        ["ttv2"] = """
            type: UnitCellRPUConfig
            device:
              type: ChoppedTransferCompound
              unit_cell_devices: [DEVICE, DEVICE]
              in_chop_prob: 0
              transfer_forward: {noise_management: None, bound_management: None}
              transfer_update: {desired_bl: 1, update_bl_management: false, update_management: false}
            update: {desired_bl: 5}
            """,
        ["ttv3"] = """
            type: UnitCellRPUConfig
            device:
              type: ChoppedTransferCompound
              unit_cell_devices: [DEVICE, DEVICE]
              fast_lr: 0.1
              auto_scale: true
              transfer_forward: {noise_management: None, bound_management: None}
              transfer_update: {desired_bl: 1, update_bl_management: false, update_management: false}
            update: {desired_bl: 5}
            """,
        ["ttv4"] = """
            type: UnitCellRPUConfig
            device:
              type: DynamicTransferCompound
              unit_cell_devices: [DEVICE, DEVICE]
              fast_lr: 0.1
              auto_scale: true
              transfer_update: {desired_bl: 1, update_bl_management: true, update_management: true}
            update: {desired_bl: 5}
            """,
        ["mp"] = """
            type: DigitalRankUpdateRPUConfig
            device: {type: MixedPrecisionCompound, device: DEVICE}
            """,
    };

    /// <summary>A rule on the preset device of a family, for instance <c>EcRam</c>.</summary>
    public static RpuConfig Read(string rule, string family)
    {
        ConfigProblems problems = new(new SourceMark(rule));
        ConfigNode? root = YamlTreeReader.Read(Texts[rule].Replace("DEVICE", $"{family}PresetDevice", StringComparison.Ordinal), rule, problems);
        problems.ThrowIfAny();
        RpuConfig? config = new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<RpuConfig>(root!);
        problems.ThrowIfAny();
        return config!;
    }
}
