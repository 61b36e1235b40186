using Tessera.Actors.Postgres;
using Tessera.Actors.Tests.Support;

namespace Tessera.Actors.Tests.Postgres;

/// <summary>The server of an owner that was killed.</summary>
public class PostgresDiscardTests
{
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_temporary_server_ends_and_leaves_nothing_frozen_or_not(bool isFrozen)
    {
        PostgresFixture.RequireInstalled();
        var folder = PostgresServer.CreateTemporaryFolder();
        var lost = PostgresServer.Start(new PostgresServerSettings { Folder = folder, IsTemporary = true }); // never disposed of
        if (isFrozen)
        {
            lost.Pause();
        }

        PostgresServer.Discard(folder);

        Assert.False(lost.IsRunning);
        Assert.False(Directory.Exists(folder));
        PostgresServer.Discard(folder); // nothing is left to do
    }

    [Fact]
    public void A_folder_whose_server_never_began_is_deleted()
    {
        var folder = PostgresServer.CreateTemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder, "data.new"));

        PostgresServer.Discard(folder);

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Any_other_folder_is_left_alone()
    {
        using var folder = new TemporaryFolder();

        PostgresServer.Discard(folder.Path);

        Assert.True(Directory.Exists(folder.Path));
    }

    [SkippableFact]
    public void A_temporary_server_takes_its_folder_along()
    {
        PostgresFixture.RequireInstalled();
        var folder = PostgresServer.CreateTemporaryFolder();
        PostgresServer.Start(new PostgresServerSettings { Folder = folder, IsTemporary = true }).Dispose();

        Assert.False(Directory.Exists(folder));
    }
}
