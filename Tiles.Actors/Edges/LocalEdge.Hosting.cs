using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <content>Tiles: added before the start, hosted and dropped by machines while the edge runs.</content>
public sealed partial class LocalEdge
{
    private readonly int _tileCapacity;
    private readonly List<Mailbox?> _tiles = [];

    /// <summary>Adds the mailbox of a tile.</summary>
    /// <param name="tile">Which one.</param>
    /// <param name="machine">Who handles the messages; the caller disposes it, unless a machine drops or replaces the tile.</param>
    /// <param name="capacity">Most messages that wait.</param>
    public void AddTile(TileId tile, IMachine machine, int capacity)
    {
        lock (_building)
        {
            ThrowIfRunning(tile.ToString());
            Route(tile, new Mailbox(Recipient.Tile, tile, machine, capacity));
        }
    }

    private void ChangeHosting(in HostingRequest request)
    {
        var index = request.Tile.Index;
        if (index < _tiles.Count && _tiles[index] is { } old)
        {
            _tiles[index] = null;
            Close(old);
        }

        if (request.Machine is { } machine)
        {
            Route(request.Tile, new Mailbox(Recipient.Tile, request.Tile, machine, _tileCapacity) { Owned = true });
        }
    }

    private void Route(TileId tile, Mailbox mailbox)
    {
        while (_tiles.Count <= tile.Index)
        {
            _tiles.Add(null);
        }

        _tiles[tile.Index] = mailbox;
    }

    private void Close(Mailbox mailbox)
    {
        mailbox.Close();
        var isReady = _ready!.Remove(mailbox);
        _readyCount = _ready.Count;
        if (isReady || !mailbox.Scheduled)
        {
            DisposeMachine(mailbox);
        }

        // Otherwise it runs, and the thread that runs it disposes it when it returns.
    }

    private void DropHosted()
    {
        foreach (var mailbox in _tiles)
        {
            if (mailbox is { Owned: true })
            {
                (mailbox.Machine as IDisposable)?.Dispose();
            }
        }

        _tiles.Clear();
    }

    private void DisposeMachine(Mailbox mailbox)
    {
        try
        {
            (mailbox.Machine as IDisposable)?.Dispose();
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }
}
