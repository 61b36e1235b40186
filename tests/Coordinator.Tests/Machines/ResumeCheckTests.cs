using Tessera.Coordination.Machines;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Machines;

public class ResumeCheckTests
{
    private static readonly CoordinatorSettings Settings = new()
    {
        BatchMax = 1,
        EvaluationMax = 1,
        MicroBatch = 1,
        ConfigurationHash = BlobHash.Of([1]).Hex,
    };

    private static readonly RunManifest Manifest = new()
    {
        NumericsVersion = NumericsVersion.Current,
        ConfigurationHash = Settings.ConfigurationHash,
        Step = 17,
        Term = 2,
        Blobs = [],
    };

    [Fact]
    public void A_checkpoint_of_the_same_run_and_program_is_taken() => Assert.Null(ResumeCheck.Problem(Manifest, Settings));

    [Fact]
    public void Another_configuration_is_refused_with_both_hashes()
    {
        var problem = ResumeCheck.Problem(Manifest with { ConfigurationHash = BlobHash.Of([2]).Hex }, Settings);

        AssertSays(problem, "step 17", BlobHash.Of([1]).Hex[..12], BlobHash.Of([2]).Hex[..12], "experiment.yaml");
    }

    [Fact]
    public void Another_engine_is_refused() =>
        AssertSays(ResumeCheck.Problem(Manifest with { Engine = "gpu" }, Settings), "step 17", "'gpu'", "'cpu'");

    [Fact]
    public void Another_numerics_version_is_refused_unless_it_is_accepted()
    {
        var other = Manifest with { NumericsVersion = NumericsVersion.Current + 5 };

        AssertSays(ResumeCheck.Problem(other, Settings), "step 17", $"{NumericsVersion.Current + 5}", "--accept-numerics-change");
        Assert.Null(ResumeCheck.Problem(other, Settings with { AcceptNumericsChange = true }));
    }

    private static void AssertSays(string? problem, params string[] texts)
    {
        Assert.NotNull(problem);
        Assert.All(texts, text => Assert.Contains(text, problem, StringComparison.Ordinal));
    }
}
