using System.Text.Json;
using Tessera.Coordination.Data;
using Tessera.Host.CommandLine;
using Tessera.Kernels.Forward;

namespace Tessera.Host.Conformance;

/// <summary>Reads a folder of golden files and lists the cases in them. A file is known by its fields, whatever its name.</summary>
internal static class GoldenFolder
{
    /// <summary>Larger files are surely not golden files.</summary>
    private const long FileBytesMax = 1L << 28;

    /// <summary>Longest side of a tile in a file.</summary>
    private const int SideMax = 10_000;

    private const string Advice = "Its README lists the files and their fields.";

    private const string ExactSeed =
        "it follows the numbers of aihwkit's own generator, which this program does not use; distributions are compared by the other files";

    /// <summary>Reads all files.</summary>
    /// <returns>[file] its cases, in the order of the names of the files.</returns>
    /// <exception cref="CommandLineException">There is no such folder, or no golden file in it.</exception>
    /// <exception cref="DataException">A file is damaged.</exception>
    public static IReadOnlyList<IReadOnlyList<ConformanceCase>> Read(string folder)
    {
        if (File.Exists(folder)) { throw new CommandLineException($"'{folder}' is a file; expected the folder that holds the golden files. Give its parent folder."); }
        if (!Directory.Exists(folder)) { throw new CommandLineException($"There is no folder '{folder}'; expected one that holds golden files (*.json) measured on aihwkit."); }
        string[] files = Directory.GetFiles(folder, "*.json");
        if (files.Length == 0)
        {
            throw new CommandLineException($"'{folder}' holds no golden file; expected files such as response_curves.json or update_ConstantStepDevice.json.");
        }

        Array.Sort(files, StringComparer.Ordinal);
        return [.. files.Select(file => (IReadOnlyList<ConformanceCase>)[.. CasesOf(Path.GetFileNameWithoutExtension(file), Load(file))])];
    }

    private static GoldenElement Load(string file)
    {
        string name = Path.GetFileName(file);
        if (new FileInfo(file).Length is > FileBytesMax and long length)
        {
            throw new DataException($"{name}: has {length:N0} bytes; expected at most {FileBytesMax:N0}. {Advice}");
        }

        try
        {
            // The document lives as long as the cases that read from it.
            return new GoldenElement(JsonDocument.Parse(File.ReadAllBytes(file)).RootElement, name);
        }
        catch (JsonException error)
        {
            throw new DataException($"{name}: is not JSON: {error.Message} Fetch the golden folder again.", error);
        }
    }

    private static IEnumerable<ConformanceCase> CasesOf(string file, GoldenElement root) => root switch
    {
        _ when !root.IsObject => throw new DataException($"{root.Path}: saw no object at the top; expected the fields of a golden file. {Advice}"),
        _ when root.Has("pulse_index") => Curves(file, root),
        _ when root.Has("quantiles") => Hidden(file, root),
        _ when root.Has("variants") => Variants(file, root),
        _ when root.Has("regimes") => Updates(file, root),
        _ when root.Has("settings") || root.Has("backward") => Products(file, root),
        _ when root.Has("cases") && root.Has("snapshots") is false && root.Has("X") => Trajectories(file, root),
        _ when root.Has("models") => Models(file, root),
        _ when IsExact(root) => [new SkippedCase(file, ExactSeed)],
        _ => throw new DataException(
            $"{root.Path}: is no golden file: it has the fields {string.Join(", ", root.Fields.Take(6).Select(field => field.Name))}. {Advice} Move other files elsewhere."),
    };

    private static bool IsExact(GoldenElement root) =>
        root.Fields.Any() && root.Fields.All(device => device.Value.Find("hidden") is { IsObject: true } hidden
            && hidden.Fields.All(field => field.Value.Json.ValueKind == JsonValueKind.Array));

    private static IEnumerable<ConformanceCase> Curves(string file, GoldenElement root)
    {
        PulseTrain train = new(root["n_up"].Whole(0), root["n_down"].Whole(0), root["every"].Whole(1));
        double[] index = root["pulse_index"].Vector(train.Points);
        for (int point = 0; point < index.Length; point++)
        {
            if (index[point] == train.PulsesAt(point)) { continue; }
            throw new DataException($"{root.Path}.pulse_index[{point}]: saw {index[point]}, expected {train.PulsesAt(point)}. Fetch the golden folder again.");
        }

        return root["devices"].Fields.SelectMany(device => ResponseCurveCases.Of(file, device.Name, device.Value, train));
    }

    private static IEnumerable<ConformanceCase> Hidden(string file, GoldenElement root)
    {
        (int Rows, int Columns) tile = Shape(root["tile"]);
        double[] quantiles = root["quantiles"].Vector();
        foreach ((string name, GoldenElement value) in root["devices"].Fields)
        {
            yield return new HiddenParameterCase($"{file}/{name}", name, value, tile.Rows * tile.Columns, tile.Columns, quantiles);
        }

        foreach ((string name, GoldenElement value) in root.Find("compounds")?.Fields ?? [])
        {
            string? device = value.Find("device")?.Text();
            yield return new HiddenParameterCase($"{file}/compounds/{name}", device, value, tile.Rows * tile.Columns, tile.Columns, quantiles);
        }
    }

    private static (int Rows, int Columns) Shape(GoldenElement tile)
    {
        double[] sides = tile.Vector(2);
        return sides.All(side => side is >= 1 and <= SideMax && side == Math.Floor(side))
            ? ((int)sides[0], (int)sides[1])
            : throw new DataException($"{tile.Path}: saw {sides[0]} and {sides[1]}, expected whole numbers from 1 to {SideMax}. Fetch the golden folder again.");
    }

    private static IEnumerable<ConformanceCase> Updates(string file, GoldenElement root)
    {
        UpdateSetting setting = Setting(file, "update_", root);
        double[] start = root["w0"].Matrix(setting.D.Length, setting.X.Length).Dense;
        GoldenElement? update = root.Find("update");
        return root["regimes"].Fields.Select(regime => new UpdateCase($"{file}/{regime.Name}", setting, update, start, regime.Value));
    }

    private static IEnumerable<ConformanceCase> Variants(string file, GoldenElement root)
    {
        UpdateSetting setting = Setting(file, "update_variants_", root);
        foreach ((string variant, GoldenElement value) in root["variants"].Fields)
        {
            double[] start = value["w0"].Matrix(setting.D.Length, setting.X.Length).Dense;
            foreach ((string regime, GoldenElement measured) in value["regimes"].Fields)
            {
                float scale = (float)(root.Find("d_scales")?.Find(regime)?.Number() ?? 1);
                UpdateSetting scaled = setting with { D = [.. setting.D.Select(d => d * scale)] };
                yield return new UpdateCase($"{file}/{variant}/{regime}", scaled, value["update"], start, measured);
            }
        }
    }

    private static IEnumerable<ConformanceCase> Products(string file, GoldenElement root)
    {
        foreach ((string name, GoldenElement value) in root.Find("settings")?.Fields ?? [])
        {
            yield return new ForwardCase($"{file}/{name}", MvmDirection.Forward, root["w"], root["x"], value);
        }

        foreach ((string name, GoldenElement value) in root.Find("backward")?.Fields ?? [])
        {
            yield return new ForwardCase($"{file}/backward/{name}", MvmDirection.Backward, root["w"], root["d"], value);
        }
    }

    private static IEnumerable<ConformanceCase> Trajectories(string file, GoldenElement root)
    {
        TrajectorySetting setting = TrajectorySetting.Read(root);
        return root["cases"].Fields.Select(entry => new TrajectoryCase($"{file}/{entry.Name}", setting, entry.Value));
    }

    private static IEnumerable<ConformanceCase> Models(string file, GoldenElement root) =>
        root["models"].Fields.Select(entry => new SkippedCase($"{file}/{entry.Name}", "programming and drift of inference devices are not compared by this command"));

    private static UpdateSetting Setting(string file, string prefix, GoldenElement root) => new(
        root.Find("device")?.Text() ?? DeviceNamedBy(file, prefix),
        root["params"],
        root.Find("granularity")?.Number(),
        root["hidden"],
        Vector(root["x"]),
        Vector(root["d"]));

    /// <summary>Files that do not name their device are named after it; null leaves the choice to the fields.</summary>
    private static string? DeviceNamedBy(string file, string prefix)
    {
        if (!file.StartsWith(prefix, StringComparison.Ordinal)) { return null; }
        string name = file[prefix.Length..];
        return name.EndsWith("Device", StringComparison.Ordinal) ? name : $"{name}Device";
    }

    private static float[] Vector(GoldenElement element) => [.. element.Vector().Select(value => (float)value)];
}
