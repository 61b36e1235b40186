using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Tessera.Kernels.Tests.Support;

namespace Tessera.Actors.Tests.Machines;

/// <summary>
/// Keeps clocks, threads, sockets, files and chance out of the state machines: whatever they do must follow from the messages alone, or a simulated run
/// could not be repeated.
/// </summary>
public partial class MachinePurityTests
{
    private static readonly string[] Folders = ["Tiles.Actors/Machines", "Tiles.Actors/Simulation", "Coordinator/Machines", "Coordinator/Checkpoints"];

    [Fact]
    public void State_machines_and_the_simulation_know_no_clock_thread_socket_file_or_chance()
    {
        var root = Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", ".."));

        Assert.Equal(string.Empty, SourceScan.Findings(root, Folders, least: 40, Banned()));
    }

    [Theory]
    [InlineData("var now = Stopwatch.GetTimestamp();")]
    [InlineData("var now = DateTime.UtcNow;")]
    [InlineData("lock (_gate)")]
    [InlineData("new Thread(Work).Start();")]
    [InlineData("await Task.Delay(3);")]
    [InlineData("File.WriteAllBytes(path, bytes);")]
    [InlineData("var socket = new Socket(a, b, c);")]
    [InlineData("var id = Guid.NewGuid();")]
    [InlineData("var draw = Random.Shared.Next();")]
    public void The_scan_finds(string line) => Assert.NotEmpty(SourceScan.Findings([line], Banned()));

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex(
        @"\bStopwatch\b|\bDateTime(Offset)?\b|\bEnvironment\.Tick|\bTimeProvider\b|\block\s*\(|\bThread(Pool)?\b|\bTask\b|\basync\b|\bawait\b|\bInterlocked\b|\bMonitor\b"
        + @"|\bFile(Stream|Info)?\b\s*[.(]|\bSocket\b|\bSqlite|\bGuid\b|\bRandom\.Shared|\bnew Random\b|\bRandomNumberGenerator\b")]
    private static partial Regex Banned();
}
