using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Host.Configuration;
using Tessera.Host.Maps;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera map</c>: how the layers of an experiment lie on tiles.</summary>
internal static class MapCommand
{

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        ExperimentOptions experiment = new();
        Option<bool> json = new("--json") { Description = "One JSON object a layer instead of a table." };
        TaughtCommand command = new(
            "map",
            "Show how an experiment is cut onto tiles: grid, utilisation, memory.",
            """
            A row for each analog layer, without reading data: its grid (input parts x output parts), the sizes of its tiles, how much of full tiles they
            use, and the memory of state (weights and device parameters), scratch, what tiles store of one mini-batch, and the copies that checkpoints need.

            Example:
              tessera map examples/mnist-mlp.yaml --set rpu_config.mapping.max_input_size=512
            """);
        MemoryOption limit = new();
        experiment.AddTo(command);
        limit.AddTo(command);
        command.Add(json);
        command.SetAction(parsed =>
        {
            ExperimentConfig config = ExperimentLoader.Load(experiment.Read(parsed));
            NetworkPlan plan = PlanBuilder.Build(config);
            MemoryCheck.RequireTile(plan, limit.Read(parsed)); // one of each shape is built
            MemoryPlan memory = MemoryPlan.Of(plan, config.Training.BatchSize, TrainingRun.EvaluationChunk);
            IReadOnlyList<LayerMap> layers = LayerMap.Of(plan, memory);
            if (parsed.GetValue(json)) { WriteJson(console.Out, layers); }
            else { WriteTable(console.Out, layers, memory, config.Training.BatchSize); }
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteJson(TextWriter output, IReadOnlyList<LayerMap> layers)
    {
        foreach (LayerMap layer in layers) { output.WriteLine(JsonSerializer.Serialize(layer, JsonStyle.SnakeCase)); }
    }

    private static void WriteTable(TextWriter output, IReadOnlyList<LayerMap> layers, MemoryPlan memory, int batch)
    {
        TextTable table = new("layer", "in x out", "grid", "tile inputs", "tile outputs", "bias", "utilisation", "state", "scratch", "stored x, d", "copies");
        foreach (LayerMap layer in layers)
        {
            table.Add(
                layer.Layer,
                $"{layer.InFeatures} x {layer.OutFeatures}",
                $"{layer.InputParts.Count} x {layer.OutputParts.Count}",
                Parts(layer.InputParts),
                Parts(layer.OutputParts),
                layer.Bias,
                string.Create(CultureInfo.InvariantCulture, $"{layer.UtilisationPercent:F1} %"),
                ByteSize.Format(layer.StateBytes),
                ByteSize.Format(layer.ScratchBytes),
                ByteSize.Format(layer.StoredBytes),
                ByteSize.Format(layer.CopyBytes));
        }

        table.Write(output);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{layers.Sum(layer => layer.Tiles)} tiles, {layers.Sum(layer => layer.Crosspoints):N0} crosspoints, {ByteSize.Format(memory.Bytes)} for mini-batches of {batch}, "
            + $"activations of {ByteSize.Format(memory.ActivationBytes)}{Working(memory)} included"));
    }

    private static string Working(MemoryPlan memory) =>
        memory.WorkingBytes == 0 ? "" : $" and 32-bit working copies of 16-bit state of {ByteSize.Format(memory.WorkingBytes)}";

    /// <summary>Equal neighbours as one: 342, 342, 341 is <c>2x342 341</c>.</summary>
    private static string Parts(IReadOnlyList<int> parts)
    {
        List<string> runs = [];
        for (int start = 0; start < parts.Count;)
        {
            int end = start;
            while (end < parts.Count && parts[end] == parts[start]) { end++; }
            runs.Add(end - start == 1 ? $"{parts[start]}" : $"{end - start}x{parts[start]}");
            start = end;
        }

        return string.Join(' ', runs);
    }
}
