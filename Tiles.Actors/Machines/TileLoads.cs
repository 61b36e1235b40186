using Tessera.Protocol.Identity;

namespace Tessera.Actors.Machines;

/// <summary>
/// How many requests of the node wait for each of its tiles, those of older terms included: no tile gets more than its mailbox has room for, whatever
/// coordinators ask.
/// </summary>
internal sealed class TileLoads
{
    private ulong[] _since = []; // by tile: the first ticket of the machine that is hosted now
    private int[] _waiting = []; // by tile
    private ulong _tickets;

    /// <summary>The number of a request to tiles, which comes back with their answers; never 0.</summary>
    public ulong NextTicket() => ++_tickets;

    /// <summary>Whether a tile has room for one more request.</summary>
    public bool HasRoom(TileId tile) => tile.Index >= _waiting.Length || _waiting[tile.Index] < StageGroups.Credit;

    /// <summary>A request went to a tile.</summary>
    public void Sent(TileId tile)
    {
        Reserve(tile);
        _waiting[tile.Index]++;
    }

    /// <summary>A tile answered; an answer of a machine that was dropped since does not count.</summary>
    public void Answered(TileId tile, ulong ticket)
    {
        if ((uint)tile.Index < (uint)_waiting.Length && ticket >= _since[tile.Index] && _waiting[tile.Index] > 0)
        {
            _waiting[tile.Index]--;
        }
    }

    /// <summary>The mailbox of a tile is dropped, or another takes its place: whatever waited in it is gone.</summary>
    public void Forget(TileId tile)
    {
        Reserve(tile);
        _waiting[tile.Index] = 0;
        _since[tile.Index] = _tickets + 1;
    }

    private void Reserve(TileId tile)
    {
        if (tile.Index >= _waiting.Length)
        {
            Array.Resize(ref _waiting, tile.Index + 1);
            Array.Resize(ref _since, tile.Index + 1);
        }
    }
}
