using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>The requests to one tile in the order of sending: answered ones, sent ones, and those that wait for credit.</summary>
internal sealed class RequestLog(int capacity)
{
    private readonly Entry[] _ring = new Entry[capacity];
    private int _head;
    private int _count;
    private int _sent; // of the _count entries, the first _sent were sent
    private int _answered; // of the first _sent entries, this many are answered

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_ring);
        (_head, _count, _sent, _answered) = (0, 0, 0, 0);
    }

    /// <summary>Puts a request at the end.</summary>
    public void Add(in Message request)
    {
        TrimReads();
        if (_count == _ring.Length)
        {
            throw new InvalidOperationException(
                $"{_count} requests to {request.Tile} are unfinished at {request.Step}. This is a defect; please report it with the experiment file.");
        }

        At(_count++) = new Entry { Request = request };
    }

    /// <summary>Sends waiting requests while fewer than <paramref name="credit"/> are unanswered.</summary>
    public void SendWithin(int credit, Outbox outbox)
    {
        while (_sent < _count && _sent - _answered < credit)
        {
            outbox.Send(At(_sent++).Request);
        }
    }

    /// <summary>Sends every unanswered request again that was sent.</summary>
    public void Repeat(Outbox outbox)
    {
        for (var i = 0; i < _sent; i++)
        {
            ref var entry = ref At(i);
            if (!entry.IsAnswered)
            {
                outbox.Send(entry.Request);
            }
        }
    }

    /// <summary>Marks the request of an answer.</summary>
    /// <returns>Whether it is the first answer to it.</returns>
    public bool Answer(in Message reply)
    {
        for (var i = 0; i < _sent; i++)
        {
            ref var entry = ref At(i);
            if (entry.Request.Step != reply.Step || !entry.IsAnsweredBy(reply) || entry.IsAnswered)
            {
                continue;
            }

            entry.IsAnswered = true;
            _answered++;
            var isNews = !entry.IsTaken;
            entry.IsTaken = true;
            return isNews;
        }

        return false;
    }

    /// <summary>Forgets requests up to a step, which is confirmed.</summary>
    public void RemoveThrough(StepId step)
    {
        while (_count > 0 && At(0).Request.Purpose == ReadPurpose.Training && At(0).Request.Step.CompareTo(step) <= 0)
        {
            RemoveFirst();
        }
    }

    /// <summary>Makes the requests of a step wait again, from the first on; their answers are not news unless they have not come yet.</summary>
    public ReplayOutcome Rewind(StepId step)
    {
        TrimReads();
        if (_count == 0 || At(0).Request.Step != step || At(0).Request.Purpose != ReadPurpose.Training)
        {
            return ReplayOutcome.NotNeeded;
        }

        if (At(_count - 1).Request.Step != step || At(_count - 1).Request.Purpose != ReadPurpose.Training)
        {
            return ReplayOutcome.Lost;
        }

        for (var i = 0; i < _sent; i++)
        {
            At(i).IsAnswered = false;
        }

        _sent = 0;
        _answered = 0;
        return ReplayOutcome.Replayed;
    }

    /// <summary>Answered evaluation reads at the front have no commit that would remove them.</summary>
    private void TrimReads()
    {
        while (_count > 0 && At(0).Request.Purpose == ReadPurpose.Evaluation && At(0).IsAnswered)
        {
            RemoveFirst();
        }
    }

    private void RemoveFirst()
    {
        _answered -= At(0).IsAnswered ? 1 : 0;
        _sent -= _sent > 0 ? 1 : 0;
        At(0) = default;
        _head = _head + 1 == _ring.Length ? 0 : _head + 1;
        _count--;
    }

    private ref Entry At(int index)
    {
        var place = _head + index;
        return ref _ring[place < _ring.Length ? place : place - _ring.Length];
    }

    private struct Entry
    {
        public Message Request;
        public bool IsAnswered; // since it was last sent
        public bool IsTaken; // ever

        public readonly bool IsAnsweredBy(in Message reply) => Request.Purpose == reply.Purpose && (reply.Kind switch
        {
            MessageKind.Output => Request.Kind == MessageKind.Forward && Request.Vectors == reply.Vectors,
            MessageKind.InputGradient => Request.Kind == MessageKind.Backward && Request.Vectors == reply.Vectors,
            MessageKind.Committed => Request.Kind == MessageKind.Commit,
            _ => false,
        });
    }
}
