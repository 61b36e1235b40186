using System.Globalization;
using Microsoft.Data.Sqlite;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Snapshots;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Stores;

public sealed class SqliteCrashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File(SqliteRunStore.FileName);

    [Fact]
    public void A_process_killed_in_the_middle_of_writes_loses_nothing_that_was_confirmed()
    {
        SqliteRunStore.Create(Path, Identity).Dispose();
        foreach (var linesBeforeDeath in new[] { 1, 4, 7, 11, 2, 9 })
        {
            var confirmed = KillAfter(linesBeforeDeath);

            using var store = SqliteRunStore.OpenReadOnly(Path);
            var newest = store.ReadNewest();
            Assert.True((newest?.Step ?? 0) >= confirmed, $"step {confirmed} was confirmed, the newest is {newest?.Step}");
            AssertIntact(store);
        }

        using var again = SqliteRunStore.Open(Path);
        Assert.Equal(7UL, again.RaiseTerm().Value);
        Checkpoint(again, again.ReadNewest()!.Step + 1);
        AssertIntact(again);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_write_that_a_loss_of_power_cut_off_is_undone_at_the_next_opening(bool readOnly)
    {
        var manifest = CutOff();

        using var store = readOnly ? SqliteRunStore.OpenReadOnly(Path) : SqliteRunStore.Open(Path);

        AssertSame(manifest, store.ReadNewest());
        AssertIntact(store);
    }

    [SkippableFact]
    public void A_write_that_was_cut_off_where_nothing_can_be_written_is_refused_with_advice()
    {
        CutOff();

        var output = ReadWhereNothingCanBeWritten();

        Assert.StartsWith("Unavailable: ", output, StringComparison.Ordinal);
        Assert.Contains(Path, output, StringComparison.Ordinal);
        Assert.Contains("can be written", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_run_can_be_read_where_nothing_can_be_written()
    {
        using (var store = SqliteRunStore.Create(Path, Identity))
        {
            store.RaiseTerm();
            Checkpoint(store, 1);
            Checkpoint(store, 2);
        }

        Assert.Equal("step 2 with 3 blobs\nstep 1 with 3 blobs\n", ReadWhereNothingCanBeWritten());
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertIntact(SqliteRunStore store)
    {
        foreach (var blob in store.ReadAll().SelectMany(manifest => manifest.Blobs))
        {
            Assert.Equal(blob.Hash, BlobHash.Of(store.Get(blob.Hash)));
        }
    }

    private string ReadWhereNothingCanBeWritten()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new SkipException("Permissions of folders are tested on Linux only.");
        }

        var files = Directory.GetFiles(_folder.Path);
        try
        {
            foreach (var file in files)
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead);
            }

            File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            using var child = ChildProcess.StartWithoutPrivileges(ChildProgram.Read, Path);
            var output = child.ReadToEnd();
            Skip.If(
                output.StartsWith(ChildProgram.Writable, StringComparison.Ordinal),
                "Permissions do nothing for this user: the folder stayed writable.");
            return output;
        }
        finally
        {
            File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Lets a process write until it has written so many lines, kills it, and returns the last step that it confirmed.</summary>
    private ulong KillAfter(int lines)
    {
        using var child = ChildProcess.Start(ChildProgram.WriteWithoutEnd, Path);
        ulong confirmed = 0;
        for (var i = 0; i < lines; i++)
        {
            var line = child.ReadLine();
            Assert.NotNull(line);
            if (line.StartsWith("committed ", StringComparison.Ordinal))
            {
                confirmed = ulong.Parse(line["committed ".Length..], CultureInfo.InvariantCulture);
            }
        }

        child.Kill();
        return confirmed;
    }

    /// <summary>Leaves the files as they are in the middle of a transaction that has reached the disk in part.</summary>
    private RunManifest CutOff()
    {
        using var original = new TemporaryFolder();
        var source = original.File(SqliteRunStore.FileName);
        RunManifest manifest;
        using (var store = SqliteRunStore.Create(source, Identity))
        {
            store.RaiseTerm();
            Checkpoint(store, 1, blobs: 3, length: 300_000);
            manifest = Checkpoint(store, 2, blobs: 3, length: 300_000);
        }

        var before = File.ReadAllBytes(source);
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = source, Pooling = false }.ToString());
        connection.Open();
        foreach (var sql in new[]
        {
            "PRAGMA cache_size=4", "PRAGMA journal_mode=TRUNCATE", "BEGIN IMMEDIATE", "UPDATE meta SET value = '9'", "DELETE FROM manifests",
            "UPDATE blobs SET bytes = zeroblob(length(bytes))", "INSERT INTO blobs VALUES('x', 0, zeroblob(2000000))",
        })
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        File.Copy(source, Path);
        File.Copy(source + "-journal", Path + "-journal");
        Assert.NotEqual(before, File.ReadAllBytes(Path));
        Assert.NotEqual(0, new FileInfo(Path + "-journal").Length);
        return manifest;
    }
}
