using System.Globalization;
using Tessera.Actors.Stores;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Support;

/// <summary>What this assembly does as a process of its own, for tests that kill a process or need one with fewer rights.</summary>
public static class ChildProgram
{
    public const string WriteWithoutEnd = "write-without-end";
    public const string HoldLock = "hold-lock";
    public const string Read = "read";

    /// <summary>Ends a line that says that the folder could be written, although it should not.</summary>
    public const string Writable = "writable";

    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case [WriteWithoutEnd, var path]:
                return Write(path);
            case [HoldLock, var folder]:
                using (RunLock.Take(folder))
                {
                    Console.Out.WriteLine("held");
                    Console.In.ReadLine();
                    return 0;
                }

            case [Read, var path]:
                return ReadAll(path);
            default:
                Console.Error.WriteLine("This assembly holds tests; run it with 'dotnet test'.");
                return 2;
        }
    }

    private static int Write(string path)
    {
        using var store = SqliteRunStore.Open(path);
        store.RaiseTerm();
        for (var step = 1 + (store.ReadNewest()?.Step ?? 0); ; step++)
        {
            Console.Out.WriteLine("writing");
            StoreSamples.Checkpoint(store, step, blobs: 3, length: 300_000);
            Console.Out.WriteLine("committed " + step.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static int ReadAll(string path)
    {
        try
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(path)!, "probe"), string.Empty);
            Console.Out.WriteLine(Writable);
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As it should be.
        }

        try
        {
            using var store = SqliteRunStore.OpenReadOnly(path);
            foreach (var manifest in store.ReadAll())
            {
                var intact = manifest.Blobs.Count(blob => BlobHash.Of(store.Get(blob.Hash)) == blob.Hash);
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {manifest.Step} with {intact} blobs"));
            }
        }
        catch (StoreException error)
        {
            Console.Out.WriteLine($"{error.Refusal}: {error.Message}");
        }

        return 0;
    }
}
