using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// What a machine wants while it handles one message; the edge does it when the machine returns. Machines are hosted and dropped first, then messages
/// are delivered, in order, then timers are set.
/// </summary>
public sealed class Outbox
{
    private readonly List<TimerRequest> _timers = [];
    private readonly List<HostingRequest> _hostings = [];
    private Message[] _messages;

    /// <summary>Creates an empty outbox.</summary>
    /// <param name="capacity">Messages of one call that need no growth.</param>
    public Outbox(int capacity = 64) => _messages = new Message[capacity];

    /// <summary>Messages waiting.</summary>
    public int Count { get; private set; }

    /// <summary>Timers to set.</summary>
    public IReadOnlyList<TimerRequest> Timers => _timers;

    /// <summary>Tiles to host, and to drop where the machine is null.</summary>
    public IReadOnlyList<HostingRequest> Hostings => _hostings;

    /// <summary>A message, in order of sending.</summary>
    public ref readonly Message this[int index] => ref _messages[index];

    /// <summary>Sends a message.</summary>
    public void Send(in Message message)
    {
        if (Count == _messages.Length)
        {
            Array.Resize(ref _messages, 2 * Count);
        }

        _messages[Count++] = message;
    }

    /// <summary>
    /// Comes back to this machine as a <see cref="MessageKind.Timer"/>. Timers are never cancelled: whoever no longer waits ignores
    /// it, by its generation.
    /// </summary>
    /// <param name="due">When, on the clock of <see cref="IMachine.Handle"/>.</param>
    /// <param name="generation">Comes back as <see cref="Message.Operation"/>.</param>
    public void SetTimer(TimeSpan due, ulong generation) => _timers.Add(new TimerRequest(due, generation));

    /// <summary>Opens a mailbox for a tile in this process, in place of one that may be there.</summary>
    public void Host(TileId tile, IMachine machine) => _hostings.Add(new HostingRequest(tile, machine));

    /// <summary>Closes the mailbox of a tile; messages that wait in it are lost. The edge disposes the machine once it does not run.</summary>
    public void Drop(TileId tile) => _hostings.Add(new HostingRequest(tile, null));

    /// <summary>Forgets everything, and whatever it refers to.</summary>
    public void Clear()
    {
        Array.Clear(_messages, 0, Count);
        Count = 0;
        if (_timers.Count > 0)
        {
            _timers.Clear();
        }

        if (_hostings.Count > 0)
        {
            _hostings.Clear();
        }
    }
}

/// <summary>A timer that a machine asked for.</summary>
/// <param name="Due">When.</param>
/// <param name="Generation">Comes back with it.</param>
public readonly record struct TimerRequest(TimeSpan Due, ulong Generation);

/// <summary>A tile that begins or ends to be hosted in this process.</summary>
/// <param name="Tile">Which.</param>
/// <param name="Machine">Who handles its messages; null to drop it.</param>
public readonly record struct HostingRequest(TileId Tile, IMachine? Machine);
