using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// One request to a group while its tiles work on it. A tile has at most one message of it in its mailbox. When a tile cannot do it, the gather has failed,
/// and lasts until the other tiles have answered, so that asking again does not fill their mailboxes.
/// </summary>
/// <param name="tiles">Tiles of the group.</param>
internal sealed class Gather(int tiles)
{
    private readonly TileState[] _states = new TileState[tiles];
    private readonly Tensor[] _answers = new Tensor[tiles];
    private int _waiting;

    private enum TileState : byte
    {
        Idle, // has no message and gave no answer
        Waiting, // has a message
        WaitingForOld, // has a message of an attempt that failed: if it fails as well, it is sent once more
        Answered,
    }

    /// <summary>Comes back with the tiles' answers; 0 where nothing is gathered.</summary>
    public ulong Ticket { get; private set; }

    /// <summary>What was asked last; the payload is valid as long as the gather.</summary>
    public Message Request { get; set; }

    /// <summary>Whether a tile could not do it since it was asked last.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether no tile has a message of it.</summary>
    public bool IsOver => _waiting == 0;

    /// <summary>Whether a request asks for the same.</summary>
    public bool IsFor(in Message request) =>
        Ticket != 0 && Request.Kind == request.Kind && Request.Purpose == request.Purpose && Request.Step == request.Step
        && Request.Vectors == request.Vectors;

    /// <summary>Begins.</summary>
    public void Begin(ulong ticket, in Message request)
    {
        Ticket = ticket;
        Request = request;
    }

    /// <summary>Goes on after a failure, because it was asked again.</summary>
    public void Resume()
    {
        HasFailed = false;
        for (var tile = 0; tile < _states.Length; tile++)
        {
            _states[tile] = _states[tile] == TileState.Waiting ? TileState.WaitingForOld : _states[tile];
        }
    }

    /// <summary>Whether a tile must get a message.</summary>
    public bool Needs(int tile) => _states[tile] == TileState.Idle;

    /// <summary>A tile gets a message.</summary>
    public void Sent(int tile)
    {
        _states[tile] = TileState.Waiting;
        _waiting++;
    }

    /// <summary>Whether an answer of a tile is due.</summary>
    public bool IsDue(int tile) => _states[tile] is TileState.Waiting or TileState.WaitingForOld;

    /// <summary>A tile did it.</summary>
    public void Take(int tile, in Tensor payload)
    {
        _states[tile] = TileState.Answered;
        _answers[tile] = payload;
        _waiting--;
    }

    /// <summary>A tile could not do it.</summary>
    /// <returns>Whether it must get the message once more, because what failed was asked before; otherwise the gather has failed.</returns>
    public bool Fail(int tile)
    {
        var mustRepeat = !HasFailed && _states[tile] == TileState.WaitingForOld;
        _states[tile] = TileState.Idle;
        _waiting--;
        HasFailed |= !mustRepeat;
        return mustRepeat;
    }

    /// <summary>What a tile answered.</summary>
    public ref readonly Tensor AnswerOf(int tile) => ref _answers[tile];

    /// <summary>Ends, and refers to nothing any more.</summary>
    public void End()
    {
        (Ticket, Request, HasFailed, _waiting) = (0, default, false, 0);
        Array.Clear(_states);
        Array.Clear(_answers);
    }
}
