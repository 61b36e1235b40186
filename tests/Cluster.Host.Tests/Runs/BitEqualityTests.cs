using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Runs;

/// <summary>
/// The hash of a run inside one process, with write noise, weight noise, diffusion, analog bias and learned scales on, when threads and
/// micro-batches differ.
/// </summary>
public sealed class BitEqualityTests
{
    public static TheoryData<string> Physics => new(TrainingFixture.Physics);

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

    private static string Hash(TemporaryFolder folder, string[] train, params string[] options)
    {
        string run = folder.PathOf(string.Join('-', options));
        CliRun result = CliRun.Of([.. train, .. options, "--run-dir", run]);
        Assert.Equal("", result.Error);
        return TrainingFixture.Value(result.Out, "hash");
    }
}
