using System.Diagnostics;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Faults.Taps;

/// <summary>
/// What the frames of a cluster tell: how far training is, which steps are done again, when it goes on after a fault, and what of I1, I2 and I7 does not hold on
/// the wire. May be used from any thread.
/// </summary>
internal sealed class FrameWatch
{
    private const int ProblemsMax = 20; // to read
    private readonly Lock _gate = new();
    private readonly Dictionary<(ulong Term, int Tile), string> _hosts = [];
    private readonly Dictionary<string, IReadOnlyList<int>> _tiles = []; // by node, as assigned last
    private readonly Dictionary<(string Node, int Stage, ulong Term), ulong> _asked = []; // newest commit
    private readonly Dictionary<string, ulong> _assigned = []; // newest term that a node has confirmed
    private readonly List<string> _problems = [];
    private ulong _step;
    private ulong _committing; // newest step of which a commit was asked
    private ulong _committingTerm;
    private ulong _term;
    private long _redone;
    private int _diskFull;
    private (long Time, ulong Term, ulong Step)? _fault;
    private TimeSpan? _trainsAgain;

    /// <summary>The newest step that has begun.</summary>
    public long Step { get { lock (_gate) { return (long)_step; } } }

    /// <summary>Steps that were committed and then done again in a later term.</summary>
    public long Redone { get { lock (_gate) { return _redone; } } }

    /// <summary>How often the database said that its disk is full.</summary>
    public int DiskFull { get { lock (_gate) { return _diskFull; } } }

    /// <summary>From <see cref="MarkFault"/> to the next confirmed commit of a later term, or where none is needed of a later step; null until then.</summary>
    public TimeSpan? TrainsAgainAfter { get { lock (_gate) { return _trainsAgain; } } }

    /// <summary>What does not hold.</summary>
    public IReadOnlyList<string> Problems { get { lock (_gate) { return [.. _problems]; } } }

    /// <summary>The tiles of a node, as it was told last.</summary>
    public IReadOnlyList<int> TilesOf(string node)
    {
        lock (_gate) { return _tiles.GetValueOrDefault(node, []); }
    }

    /// <summary>A fault happens now.</summary>
    /// <param name="needsTerm">Whether training goes on in a later term only.</param>
    public void MarkFault(bool needsTerm)
    {
        lock (_gate)
        {
            _fault = (Stopwatch.GetTimestamp(), _term, needsTerm ? ulong.MaxValue : _committing);
            _trainsAgain = null;
        }
    }

    /// <summary>A frame of the data plane.</summary>
    public void See(string node, TapFrame frame)
    {
        if (frame.Message is not { } message) { return; }
        lock (_gate)
        {
            switch (message.Kind)
            {
                case MessageKind.Assign when message.Body is TileAssignment assignment:
                    SeeAssignment(node, message.Term.Value, [.. assignment.Tiles.Select(tile => tile.Index)]);
                    break;
                case MessageKind.Assigned:
                    _assigned[node] = Math.Max(_assigned.GetValueOrDefault(node), message.Term.Value);
                    break;
                case MessageKind.Forward when message.Purpose == ReadPurpose.Training:
                    _step = message.Term.Value == _term ? Math.Max(_step, message.Step.Value) : _step;
                    break;
                case MessageKind.Commit:
                    SeeCommit(node, message);
                    break;
                case MessageKind.Committed:
                    SeeCommitted(node, message);
                    break;
            }
        }
    }

    /// <summary>A message to or from the database.</summary>
    public void SeeSql(TapFrame frame)
    {
        if (frame.Text != "ERROR 53100") { return; }
        lock (_gate) { _diskFull++; }
    }

    private void SeeAssignment(string node, ulong term, IReadOnlyList<int> tiles)
    {
        if (term > _term) { (_term, _step) = (term, 0); }
        _tiles[node] = tiles;
        foreach (int tile in tiles)
        {
            if (!_hosts.TryAdd((term, tile), node) && _hosts[(term, tile)] != node)
            {
                Report($"I1: tile {tile} was given to {_hosts[(term, tile)]} and to {node} in term {term}.");
            }
        }
    }

    private void SeeCommit(string node, in Message message)
    {
        (string, int, ulong) key = (node, message.ReplyTo.Stage.Index, message.Term.Value);
        ulong step = message.Step.Value;
        if (_asked.TryGetValue(key, out ulong last) && step > last + 1)
        {
            Report($"I2: {node} was asked in {message.Term} to commit step {step} after step {last}.");
        }

        _asked[key] = Math.Max(last, step);
        if (message.Term.Value > _committingTerm)
        {
            _committingTerm = message.Term.Value;
            _redone += Math.Max(0, (long)_committing - (long)step + 1);
            _committing = step;
        }
        else if (message.Term.Value == _committingTerm)
        {
            _committing = Math.Max(_committing, step);
        }
    }

    private void SeeCommitted(string node, in Message message)
    {
        if (_assigned.GetValueOrDefault(node) > message.Term.Value)
        {
            Report($"I7: {node} confirmed a commit of {message.Term} after it was told of term {_assigned[node]}.");
        }

        if (_fault is { } fault && _trainsAgain is null && (message.Term.Value > fault.Term || message.Step.Value > fault.Step))
        {
            _trainsAgain = Stopwatch.GetElapsedTime(fault.Time);
        }
    }

    private void Report(string problem)
    {
        if (_problems.Count < ProblemsMax) { _problems.Add(problem); }
    }
}
