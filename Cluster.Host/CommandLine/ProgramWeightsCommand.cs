using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tessera.Host.Plots;
using Tessera.Host.Programming;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera program-weights</c>: how exactly learning rules can write weights into imperfect devices.</summary>
internal static class ProgramWeightsCommand
{
    private const string Table = "errors.csv";
    private const string Picture = "errors.svg";


    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Argument<string> file = new("FILE.yaml") { Description = "Description of the map." };
        Option<string?> output = new("--out") { Description = "Folder of the table and the picture; default the file's name.", HelpName = "FOLDER" };
        Option<bool> json = new("--json") { Description = "One JSON object a place of the map, then one with the files." };
        Option<string?> threads = ThreadsOption.Create();
        TaughtCommand command = new(
            "program-weights",
            "Map how exactly learning rules write a weight matrix, over device states and reference offsets.",
            $"""
            Each rule trains one tile on random inputs towards a random weight matrix; the error is the standard deviation of what the tile then holds from that matrix,
            averaged over several constructions of the devices. Rows of the map are numbers of states of a device, columns spreads of its reference around its symmetry
            point. {Table} has a line a place, {Picture} a picture a rule. docs/weight-programming.md explains both.

            Example:
              tessera program-weights examples/weight-programming.yaml
            """) { file, output, json, threads };
        command.SetAction(parsed => Run(console, parsed.GetValue(file)!, parsed.GetValue(output), parsed.GetValue(json), ThreadsOption.Read(parsed, threads)));
        return command;
    }

    private static int Run(CliConsole console, string file, string? output, bool json, int threads)
    {
        ProgrammingConfig config = ProgrammingLoader.Load(file);
        string folder = output ?? Path.GetFileNameWithoutExtension(file);
        CreateFolder(folder);
        Stopwatch clock = Stopwatch.StartNew();
        List<double> row = [];
        if (!json) { console.Out.WriteLine($"standard deviation of weight minus target; columns are reference_std {Numbers(config.ReferenceStd.Select(value => (double)value), "G3")}"); }
        IReadOnlyList<ProgrammingError> errors = ProgrammingMap.Run(config, threads, error =>
        {
            if (json)
            {
                console.Out.WriteLine(ToJson(config, error));
                return;
            }

            row.Add(error.Mean);
            if (row.Count < config.ReferenceStd.Count) { return; }
            console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{config.Rules[error.Point.Rule].Name,-12} {error.Point.States,6:G4} states  {Numbers(row, "F4")}"));
            row.Clear();
        });
        string table = Path.Combine(folder, Table);
        string picture = Path.Combine(folder, Picture);
        OutputFile.Write(table, ToCsv(config, errors));
        OutputFile.Write(picture, ProgrammingPlot.Draw(config, errors));
        console.Out.WriteLine(json
            ? new JsonObject { ["csv"] = table, ["svg"] = picture }.ToJsonString(JsonStyle.Plain)
            : string.Create(CultureInfo.InvariantCulture, $"written to {table} and {picture} after {clock.Elapsed.TotalSeconds:F0} s"));
        return ExitCode.Done;
    }

    /// <summary>The table: a line a place of the map.</summary>
    private static string ToCsv(ProgrammingConfig config, IReadOnlyList<ProgrammingError> errors)
    {
        StringBuilder csv = new("rule,states,reference_std,error_mean,error_std,constructions\n");
        foreach (ProgrammingError error in errors)
        {
            string name = config.Rules[error.Point.Rule].Name;
            string quoted = name.AsSpan().ContainsAny(",\"\n") ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name;
            csv.Append(CultureInfo.InvariantCulture, $"{quoted},{error.Point.States},{error.Point.ReferenceStd},{error.Mean:R},{error.Spread:R},{error.Errors.Length}\n");
        }

        return csv.ToString();
    }

    private static string ToJson(ProgrammingConfig config, ProgrammingError error) => new JsonObject
    {
        ["rule"] = config.Rules[error.Point.Rule].Name,
        ["states"] = error.Point.States,
        ["reference_std"] = error.Point.ReferenceStd,
        ["errors"] = new JsonArray([.. error.Errors.Select(value => (JsonNode)value)]),
    }.ToJsonString(JsonStyle.Plain);

    private static string Numbers(IEnumerable<double> values, string format) =>
        string.Join(' ', values.Select(value => value.ToString(format, CultureInfo.InvariantCulture).PadLeft(6)));

    private static void CreateFolder(string folder)
    {
        try { Directory.CreateDirectory(folder); }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandLineException($"--out: '{folder}' cannot be made a folder: {failure.Message} Choose another place.");
        }
    }
}
