using System.Globalization;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public sealed class RunLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void One_process_at_a_time_trains_a_run()
    {
        using var other = ChildProcess.Start(ChildProgram.HoldLock, _folder.Path);
        Assert.Equal("held", other.ReadLine());

        var error = Refused(Refusal.Unavailable, () => RunLock.Take(_folder.Path));
        Assert.Contains(_folder.File(RunLock.FileName), error.Message, StringComparison.Ordinal);
        Assert.Contains("another process", error.Message, StringComparison.Ordinal);

        other.Kill();
        Assert.Equal(other.Id.ToString(CultureInfo.InvariantCulture) + "\n", File.ReadAllText(_folder.File(RunLock.FileName)));
        RunLock.Take(_folder.Path).Dispose();
    }

    [Fact]
    public void The_lock_is_free_again_after_it_was_given_back()
    {
        var first = RunLock.Take(_folder.Path);
        Refused(Refusal.Unavailable, () => RunLock.Take(_folder.Path));

        first.Dispose();

        RunLock.Take(_folder.Path).Dispose();
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        var error = Refused(Refusal.Unavailable, () => RunLock.Take(_folder.File("nowhere")));

        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
