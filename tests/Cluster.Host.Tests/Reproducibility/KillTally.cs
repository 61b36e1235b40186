using Microsoft.Data.Sqlite;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Reproducibility;

/// <summary>What kills of a run hit, as the files show it afterwards.</summary>
/// <param name="run">The run's folder.</param>
internal sealed class KillTally(string run)
{
    private const string Unnamed = "SELECT count(*) FROM blobs WHERE sha256 NOT IN (SELECT sha256 FROM named)";

    /// <summary>All of them.</summary>
    public int Kills { get; private set; }

    /// <summary>Those that left a write half done: its journal is there still.</summary>
    public int DuringWrite { get; private set; }

    /// <summary>Those that left blobs of a checkpoint whose manifest was never written.</summary>
    public int BetweenBlobsAndManifest { get; private set; }

    /// <summary>Those that came before anything was stored.</summary>
    public int BeforeState { get; private set; }

    /// <summary>Whether a write is under way now.</summary>
    public bool IsWriting() => new FileInfo(StateFile.Of(run) + "-journal") is { Exists: true, Length: > 0 };

    /// <summary>Whether some blobs of a checkpoint are stored now, and its manifest is not.</summary>
    public bool IsBetween() => !IsWriting() && HasUnnamedBlobs();

    /// <summary>Looks at what the kill left.</summary>
    public void Count()
    {
        Kills++;
        if (new FileInfo(StateFile.Of(run)) is not { Exists: true, Length: > 0 })
        {
            BeforeState++;
        }
        else if (IsWriting())
        {
            DuringWrite++;
        }
        else if (HasUnnamedBlobs())
        {
            BetweenBlobsAndManifest++;
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Kills} kills: {DuringWrite} during a write, {BetweenBlobsAndManifest} between blobs and manifest, {BeforeState} before there was a state";

    private bool HasUnnamedBlobs()
    {
        try
        {
            return (long)StateFile.Ask(run, Unnamed)! > 0;
        }
        catch (SqliteException)
        {
            return false; // it is being written
        }
    }
}
