using System.CommandLine;
using System.Globalization;
using Tessera.Host.Fitting;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera devices fit</c>: parameters of a device from measured pulses.</summary>
internal static class DevicesFitCommand
{
    private const int NodesMax = 64;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Argument<string> file = new("DATA.csv") { Description = "Measured trace: columns pulse, direction, and weight or conductance." };
        Option<string?> device = new("--device") { Description = $"What to fit: {string.Join(", ", StepLaws.Names)}.", HelpName = "NAME" };
        Option<string?> output = new("--out") { Description = "File to write the device to; default DEVICE-fit.yaml.", HelpName = "FILE.yaml" };
        Option<string[]> fix = new("--fix") { Description = "A parameter that is known, for instance w_max=1; may be given again.", HelpName = "NAME=VALUE" };
        Option<string> nodes = new("--nodes") { Description = "Nodes of PiecewiseStep.", HelpName = "N", DefaultValueFactory = _ => "5" };
        TaughtCommand command = new(
            "fit",
            "Fit device parameters to measured up and down pulses.",
            """
            Each row of the file is a read after pulses of one direction; docs/devices.md describes it. The fit tells the noise of a step, which stays in the weight,
            from the noise of a read, which does not, and prints every parameter with its standard error. The file written is an experiment by itself.

            Example:
              tessera devices fit measured.csv --device SoftBounds --out mine.yaml
              tessera train mine.yaml
            """) { file, device, output, fix, nodes };
        command.SetAction(parsed => Run(console, parsed.GetValue(file)!, parsed.GetValue(device), parsed.GetValue(output), parsed.GetValue(fix) ?? [], parsed.GetValue(nodes)!));
        return command;
    }

    private static int Run(CliConsole console, string file, string? device, string? output, string[] fix, string nodes)
    {
        if (device is null) { throw new CommandLineException($"There is no --device; expected one of {string.Join(", ", StepLaws.Names)}."); }
        int count = WholeNumber.Read("--nodes", nodes, otherwise: 2, NodesMax, least: 2);
        StepLaw law = StepLaws.Find(device, count)
            ?? throw new CommandLineException($"--device: saw '{device}', expected one of {string.Join(", ", StepLaws.Names)}.{ConfigNames.Suggest(device, StepLaws.Names)}");
        Dictionary<string, double> held = Held(law, fix);
        PulseData data = PulseData.Read(file);
        FitResult result = DeviceFit.Run(law, data, held);
        string source = $"{data.Pulses:N0} pulses of {Path.GetFileName(file)}{(data.Mapping is null ? "" : $"; {data.Mapping}")}";
        string target = output ?? $"{law.Device}-fit.yaml";
        OutputFile.Write(target, FitReport.Yaml(result, source));
        console.Out.WriteLine($"{law.Device} fitted to {source}");
        foreach (string line in FitReport.Lines(result)) { console.Out.WriteLine(line); }
        console.Out.WriteLine($"written to {target}; try it with ./tessera train {target}");
        return ExitCode.Done;
    }

    private static Dictionary<string, double> Held(StepLaw law, string[] fix)
    {
        // The sizes of the steps are what a fit is for.
        List<string> known = [.. law.Names.Where(name => name is not ("up" or "down"))];
        Dictionary<string, double> held = [];
        foreach (string text in fix)
        {
            string[] parts = text.Split('=');
            if (parts.Length != 2 || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
            {
                throw new CommandLineException($"--fix: saw '{text}', expected NAME=VALUE with a finite number, for instance w_max=1.");
            }

            if (!known.Contains(parts[0])) { throw new CommandLineException($"--fix: {law.Device} has no parameter '{parts[0]}' to fix.{ConfigNames.Suggest(parts[0], known)}"); }
            held[parts[0]] = value;
        }

        return held;
    }
}
