using System.Diagnostics;
using Tessera.Host.Tests.CommandLine;
using Tessera.Kernels.Numerics;

namespace Tessera.Host.Tests.Runs;

/// <summary>The hash of a run, with all the noise on, when one factor at a time differs from one thread, whole mini-batches and the widest vectors.</summary>
public sealed class BitEqualityTests
{
    public static TheoryData<string> Physics => new(TrainingFixture.Physics);

    public static TheoryData<string, string> Paths
    {
        get
        {
            TheoryData<string, string> paths = [];
            foreach (string physics in TrainingFixture.Physics)
            {
                paths.Add(physics, "DOTNET_EnableAVX512");
                paths.Add(physics, "DOTNET_EnableAVX2");
                paths.Add(physics, "DOTNET_EnableHWIntrinsic");
            }

            return paths;
        }
    }

    [Theory]
    [MemberData(nameof(Physics))]
    public void Threads_and_micro_batches_change_no_bit(string physics)
    {
        using TemporaryFolder folder = new();
        string[] train = TrainingFixture.Write(folder, physics);
        string hash = Hash(folder, train, "--threads", "1", "--micro-batch", "10");
        Assert.Equal(hash, Hash(folder, train, "--threads", "2", "--micro-batch", "10"));
        Assert.Equal(hash, Hash(folder, train, "--threads", "8", "--micro-batch", "10"));
        Assert.Equal(hash, Hash(folder, train, "--threads", "1", "--micro-batch", "1"));
        Assert.Equal(hash, Hash(folder, train, "--threads", "1", "--micro-batch", "3"));
        Assert.NotEqual(hash, Hash(folder, train, "--threads", "1", "--seed", "8"));
    }

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void The_vector_path_changes_no_bit(string physics, string variable)
    {
        string expected = variable == "DOTNET_EnableAVX512" ? "avx2" : "scalar";
        using TemporaryFolder folder = new();
        string[] train = TrainingFixture.Write(folder, physics);
        string output = RunChild([.. train, "--threads", "1", "--run-dir", folder.PathOf("child")], variable);
        string machine = TrainingFixture.Value(output, "machine");
        Skip.If(machine.EndsWith($"processor path {ProcessorPath.Name}", StringComparison.Ordinal), $"This processor has only {ProcessorPath.Name}; {variable}=0 changes nothing.");
        Assert.EndsWith($"processor path {expected}", machine);
        Assert.Equal(Hash(folder, train, "--threads", "1"), TrainingFixture.Value(output, "hash"));
    }

    private static string Hash(TemporaryFolder folder, string[] train, params string[] options)
    {
        string run = folder.PathOf(string.Join('-', options));
        CliRun result = CliRun.Of([.. train, .. options, "--run-dir", run]);
        Assert.Equal("", result.Error);
        return TrainingFixture.Value(result.Out, "hash");
    }

    private static string RunChild(string[] args, string variable)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "tessera.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[variable] = "0";
        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.Equal("", error.Result);
        Assert.Equal(0, child.ExitCode);
        return output;
    }
}
