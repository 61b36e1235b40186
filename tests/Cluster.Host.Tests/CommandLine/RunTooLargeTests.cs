namespace Tessera.Host.Tests.CommandLine;

/// <summary>What does not fit is refused before it is built, with what would fit, and leaves no run folder.</summary>
public sealed class RunTooLargeTests : IDisposable
{
    private const string Giant = """
        network:
          layers:
            - {type: AnalogLinear, in_features: 784, out_features: 200000}
            - {type: AnalogLinear, in_features: 200000, out_features: 200000}
            - {type: AnalogLinear, in_features: 200000, out_features: 10}
            - LogSoftmax
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("1MiB", "needs at least", "No batch_size helps", "tessera map")]
    [InlineData("20MiB", "training.batch_size", "would need", "--memory-limit")]
    public void A_limit_is_kept(string limit, params string[] fragments) => RequireRefused(["--memory-limit", limit, "--set", "training.batch_size=5000"], fragments);

    [Theory]
    [InlineData("ten")]
    [InlineData("-1MiB")]
    public void A_limit_that_is_no_size_is_explained(string limit) => RequireRefused([$"--memory-limit={limit}"], "--memory-limit", "6GiB");

    [Fact]
    public void A_network_far_beyond_the_machine_is_refused_at_once()
    {
        string file = _folder.Write("giant.yaml", Giant);
        RequireRefused([file, "--memory-limit", "64GiB"], "needs at least", "GiB", "smaller layers");
        RequireRefused([file, .. Mapping(0)], "784 x 200000", "max_input_size");
        RequireRefused([file, .. Mapping(1)], "tiles, expected at most", "max_input_size");
        Refuse(CliRun.Of(["map", file, .. Mapping(0)]), "784 x 200000", "max_input_size");
        Refuse(CliRun.Of(["map", file, .. Mapping(1)]), "tiles, expected at most", "max_input_size");
        Refuse(CliRun.Of(["map", file, "--memory-limit", "1GiB", .. Mapping(60_000)]), "largest tile alone", "max_input_size");
    }

    [Theory]
    [InlineData("/proc/tessera-run")]
    [InlineData("/sys/tessera-run")]
    public void A_file_system_that_takes_no_runs_is_explained(string path)
    {
        CliRun train = CliRun.Of([.. TrainingFixture.Write(_folder, TrainingFixture.Physics[0]), "--run-dir", path]);
        Assert.Equal(1, train.ExitCode);
        Assert.Contains(path, train.Error);
        Assert.Contains("--run-dir", train.Error);
        Assert.DoesNotContain("   at ", train.All);
    }

    [SkippableFact]
    public void A_folder_that_may_not_be_written_is_explained()
    {
        Skip.If(Environment.UserName == "root" || OperatingSystem.IsWindows(), "skipped: root may write everywhere");
        string locked = _folder.PathOf("locked");
        if (!OperatingSystem.IsWindows()) { Directory.CreateDirectory(locked, UnixFileMode.UserRead | UnixFileMode.UserExecute); }
        CliRun train = CliRun.Of([.. TrainingFixture.Write(_folder, TrainingFixture.Physics[0]), "--run-dir", Path.Combine(locked, "run")]);
        Assert.Equal(1, train.ExitCode);
        Assert.Contains("--run-dir", train.Error);
    }

    private static string[] Mapping(int size) =>
        ["--set", $"rpu_config.mapping.max_input_size={size}", "--set", $"rpu_config.mapping.max_output_size={size}"];

    private void RequireRefused(string[] arguments, params string[] fragments)
    {
        string run = _folder.PathOf("run");
        Refuse(CliRun.Of(["train", .. arguments, "--run-dir", run]), fragments);
        Assert.False(Directory.Exists(run));
    }

    private static void Refuse(CliRun run, params string[] fragments)
    {
        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain("   at ", run.All);
        foreach (string fragment in fragments) { Assert.Contains(fragment, run.Error); }
    }
}
