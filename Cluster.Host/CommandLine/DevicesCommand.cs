using System.CommandLine;
using Tessera.Host.Plots;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera devices</c>: the devices and presets there are, pictures of them, and fits to measured ones.</summary>
internal static class DevicesCommand
{
    /// <summary>The command with its subcommand.</summary>
    public static Command Create(CliConsole console)
    {
        Option<string?> plot = new("--plot") { Description = "Draw a device or a preset by its name, or that of a configuration file.", HelpName = "NAME|CONFIG.yaml" };
        Option<string?> output = new("--out") { Description = "File of the drawing; default NAME.svg.", HelpName = "FILE.svg" };
        TaughtCommand command = new(
            "devices",
            "List the devices and presets, draw one, or fit one to measurements.",
            """
            Without an option: one line for each device and preset that 'rpu_config.device' may name, then those of a whole 'rpu_config' and the learning rules that
            'rpu_config.build_config' may name. A drawing shows the response of 200 devices to a run of up and a
            run of down pulses (mean, spread, single devices), the step against the weight, and how the hidden parameters are spread. For unit cells and compounds it
            shows the visible weight, moved by the cell's own updates and transfers, and the weights of its devices in place of the step.

            Examples:
              tessera devices
              tessera devices --plot ReRamSBPresetDevice --out reram.svg
              tessera devices --plot TikiTakaEcRamPreset
              tessera devices --plot examples/mnist-mlp-softbounds.yaml
              tessera devices fit measured.csv --device SoftBounds
            """) { plot, output, DevicesFitCommand.Create(console) };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(plot) is { } name) { return Plot(console, name, parsed.GetValue(output)); }
            if (parsed.GetValue(output) is not null) { throw new CommandLineException("--out: there is nothing to write; give --plot NAME with it."); }
            int width = DeviceCatalog.Entries.Max(entry => entry.Name.Length);
            foreach (DeviceEntry entry in DeviceCatalog.Entries) { console.Out.WriteLine($"{entry.Name.PadRight(width)}  {entry.Description}"); }
            return ExitCode.Done;
        });
        return command;
    }

    private static int Plot(CliConsole console, string name, string? output)
    {
        PlottedDevice device = DeviceCatalog.Find(name);
        string target = output ?? $"{device.Name}.svg";
        OutputFile.Write(target, DevicePlot.Draw(device));
        console.Out.WriteLine($"{device.Name} drawn in {target}");
        return ExitCode.Done;
    }
}
