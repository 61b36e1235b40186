using System.Globalization;
using System.Text;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>The last events of a world, and a digest of all of them: two runs with the same digest did the same in the same order.</summary>
internal sealed class SimulationTrace(int length)
{
    private readonly TraceEntry[] _ring = new TraceEntry[length];
    private long _count;

    /// <summary>Digest of all events so far.</summary>
    public ulong Digest { get; private set; } = 0x243F6A8885A308D3;

    /// <summary>Notes a message.</summary>
    public void Note(TimeSpan time, TraceEvent what, int process, PeerId peer, in Message message)
    {
        _ring[_count++ % _ring.Length] = new TraceEntry(
            time, what, process, peer, message.Kind, message.To, message.Refusal, message.Peer, message.Tile, message.Term, message.Step,
            message.Operation);
        Mix((ulong)time.Ticks);
        Mix(((ulong)what << 56) | ((ulong)message.Kind << 48) | ((ulong)message.To << 40) | ((ulong)message.Refusal << 32) | (uint)peer.Value);
        Mix(((ulong)(uint)message.Peer.Value << 32) | (uint)message.Tile.Index);
        Mix(message.Term.Value);
        Mix(message.Step.Value);
        Mix(message.Operation);
        Mix(((ulong)(uint)message.Vectors.First << 32) | (uint)message.Vectors.Count);
        Mix(((ulong)BitConverter.SingleToUInt32Bits(message.Scalar) << 32) | (uint)(message.Blob?.Length ?? 0));
        for (var row = 0; row < message.Payload.Rows; row++)
        {
            foreach (var value in message.Payload.Row(row))
            {
                Mix(BitConverter.SingleToUInt32Bits(value));
            }
        }
    }

    /// <summary>Notes something without a message.</summary>
    public void Note(TimeSpan time, TraceEvent what, int process, PeerId peer, long detail = 0)
    {
        _ring[_count++ % _ring.Length] = new TraceEntry(
            time, what, process, peer, MessageKind.None, Recipient.None, Refusal.None, default, TileId.None, Term.None, default, (ulong)detail);
        Mix((ulong)time.Ticks);
        Mix(((ulong)what << 56) | (uint)peer.Value);
        Mix((ulong)detail);
    }

    /// <summary>The last events, one a line.</summary>
    /// <param name="names">Names of the processes by index.</param>
    public string Format(IReadOnlyList<SimulatedProcess> names)
    {
        var text = new StringBuilder();
        for (var i = Math.Max(0, _count - _ring.Length); i < _count; i++)
        {
            var entry = _ring[i % _ring.Length];
            var name = entry.Process >= 0 ? names[entry.Process].Name : "world";
            text.Append(CultureInfo.InvariantCulture, $"{entry.Time.TotalMilliseconds,12:0.0000} {name,-12} {entry.Peer,-5} {entry.What,-10}");
            if (entry.Kind != MessageKind.None)
            {
                text.Append(CultureInfo.InvariantCulture, $" {entry.Kind} to {entry.To} peer {entry.Other} {entry.Tile} {entry.Term} {entry.Step}");
            }

            text.Append(CultureInfo.InvariantCulture, $" #{entry.Operation}");
            text.AppendLine(entry.Refusal == Refusal.None ? string.Empty : $" {entry.Refusal}");
        }

        return text.ToString();
    }

    private void Mix(ulong value) => Digest = System.Numerics.BitOperations.RotateLeft((Digest ^ value) * 0x9E3779B97F4A7C15, 29);

    private readonly record struct TraceEntry(
        TimeSpan Time, TraceEvent What, int Process, PeerId Peer, MessageKind Kind, Recipient To, Refusal Refusal, PeerId Other, TileId Tile,
        Term Term, StepId Step, ulong Operation);
}

/// <summary>What a line of a trace is about.</summary>
internal enum TraceEvent : byte
{
    Handle = 1,
    Lose,
    Duplicate,
    Hold,
    ToClient,
    Start,
    Crash,
    Freeze,
    Drain,
    Thaw,
    Partition,
    Heal,
    Disconnect,
    LoseScratch,
    StoreEffect,
    PowerLoss,
    Full,
    Slow,
    Away,
    Grant,
    Quiet,
    Damage,
}
