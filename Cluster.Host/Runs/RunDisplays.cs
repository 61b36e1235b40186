using System.Globalization;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Host.CommandLine;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Host.Runs;

/// <summary>Chooses how a run is shown, and what is said before it starts.</summary>
internal static class RunDisplays
{
    /// <summary>A progress line on a terminal, plain lines elsewhere, JSON where a program asks for it.</summary>
    public static IRunDisplay Create(CliConsole console, bool json, int epochs) =>
        json ? new JsonDisplay(console.Out, console.Error)
        : console.IsTerminal ? new TerminalDisplay(console.Out, epochs)
        : new PlainDisplay(console.Out, console.Error, epochs);

    /// <summary>Says what is about to be trained.</summary>
    public static void Introduce(IRunDisplay display, string name, ExperimentConfig config, DataPair data, int threads)
    {
        display.Note("experiment", $"{name}, seed {config.Seed}, configuration {ConfigurationHash.Compute(config)[..12]}");
        display.Note("data", string.Create(
            CultureInfo.InvariantCulture,
            $"{config.Data.Source}, {data.Train.Count:N0} training and {data.Test.Count:N0} test samples of {data.Train.Features} features in {data.Train.Classes} classes"));
        display.Note("threads", threads.ToString(CultureInfo.InvariantCulture));
        display.Note("numerics", ProcessorPath.Name);
    }
}
