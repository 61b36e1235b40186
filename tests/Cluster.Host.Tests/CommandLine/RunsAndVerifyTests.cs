using System.Text.Json;

namespace Tessera.Host.Tests.CommandLine;

public sealed class RunsAndVerifyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_run_is_listed_with_its_state()
    {
        PartialRun.WholeHash(_folder);
        PartialRun.Make(_folder, 4);
        PartialRun.Make(_folder, 0);
        _folder.Write("broken/state.db", string.Concat(Enumerable.Repeat("not a database ", 1000)));
        Directory.CreateDirectory(_folder.PathOf("not a run"));
        CliRun runs = CliRun.Of("runs", _folder.Root);
        Assert.Equal((0, ""), (runs.ExitCode, runs.Error));
        string[] lines = [.. runs.Out.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))];
        Assert.Contains(lines, line => line.StartsWith($"{_folder.PathOf("whole")} finished 10 of 10 ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"{_folder.PathOf("run4")} killed 4 - ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"{_folder.PathOf("run0")} killed - ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"{_folder.PathOf("broken")} unreadable ", StringComparison.Ordinal));
        Assert.Contains("is damaged", runs.Out);
        Assert.DoesNotContain("not a run\n", runs.Out);

        foreach (string line in CliRun.Of("runs", _folder.Root, "--json").Out.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument run = JsonDocument.Parse(line);
            Assert.NotEqual("", run.RootElement.GetProperty("state").GetString());
        }
    }

    [Fact]
    public void A_run_is_listed_by_its_own_folder_too()
    {
        PartialRun.WholeHash(_folder);
        Assert.Contains("finished", CliRun.Of("runs", _folder.PathOf("whole")).Out);
    }

    [Fact]
    public void Folders_without_runs_are_explained()
    {
        Assert.Contains("no runs in", CliRun.Of("runs", _folder.Root).Out);
        CliRun missing = CliRun.Of("runs", _folder.PathOf("none"));
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("no folder", missing.Error);
        CliRun file = CliRun.Of("runs", _folder.Write("file", "x"));
        Assert.Equal(2, file.ExitCode);
        Assert.Contains("is a file", file.Error);
    }

    [Fact]
    public void Equal_runs_are_the_same_and_others_say_where_they_differ()
    {
        PartialRun.WholeHash(_folder);
        string whole = _folder.PathOf("whole");
        string partial = PartialRun.Make(_folder, 4);
        string[] train = TrainingFixture.Write(_folder, TrainingFixture.Physics[0]);
        string other = _folder.PathOf("other");
        Assert.Equal(0, CliRun.Of([.. train, "--seed", "8", "--run-dir", other]).ExitCode);

        Assert.Equal(0, Verify(whole, "--against", whole, "the same to the bit"));
        Assert.Equal(1, Verify(whole, "--against", partial, "the losses of their first 4 steps are the same"));
        Assert.Equal(1, Verify(whole, "--against", other, "losses differ from step 1 on", "the configurations differ"));
        CliRun json = CliRun.Of("verify", whole, "--against", other, "--json");
        Assert.Equal(1, json.ExitCode);
        using JsonDocument result = JsonDocument.Parse(json.Out);
        Assert.False(result.RootElement.GetProperty("equal").GetBoolean());
    }

    [Theory]
    [InlineData(0, "0 10", "steps 1 to 10", "the same to the bit")]
    [InlineData(0, "6 9", "steps 7 to 9", "the same to the bit")]
    [InlineData(1, "5 10", "keeps no checkpoint of step 5", "10, 9, 6")]
    [InlineData(1, "0 7", "keeps no checkpoint of step 7", "10, 9, 6")]
    [InlineData(1, "0 99", "keeps no checkpoint of step 99")]
    [InlineData(2, "9 9", "expected FROM below TO")]
    [InlineData(2, "9 6", "expected FROM below TO")]
    [InlineData(2, "a b", "saw 'a'")]
    [InlineData(2, "-1 9", "saw '-1'")]
    [InlineData(2, "0", "--replay")]
    [InlineData(2, "0 9 10", "no use for '10'")]
    public void A_stretch_is_trained_again(int code, string steps, params string[] fragments)
    {
        string run = PartialRun.Make(_folder, 6, 9, 10);
        CliRun verify = CliRun.Of(["verify", run, "--replay", .. steps.Split(' ')]);
        Assert.Equal(code, verify.ExitCode);
        Assert.DoesNotContain("   at ", verify.All);
        foreach (string fragment in fragments) { Assert.Contains(fragment, verify.All); }
    }

    private static int Verify(string run, string option, string other, params string[] fragments)
    {
        CliRun verify = CliRun.Of("verify", run, option, other);
        foreach (string fragment in fragments) { Assert.Contains(fragment, verify.Out); }
        Assert.Equal(verify.ExitCode != 0, verify.Out.Contains("NOT the same"));
        return verify.ExitCode;
    }
}
