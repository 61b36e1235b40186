using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>The requests to one group of tiles in the order of sending: answered ones, sent ones, and those that wait for credit.</summary>
internal sealed class RequestLog(int capacity)
{
    private readonly Entry[] _ring = new Entry[capacity];
    private int _head;
    private int _count;
    private int _sent; // of the _count entries, the first _sent were sent
    private StepId _committed; // newest step that the group is known to have committed
    private int _answered; // of the first _sent entries, this many are answered

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_ring);
        (_head, _count, _sent, _answered, _committed) = (0, 0, 0, 0, default);
    }

    /// <summary>Puts a request at the end.</summary>
    public void Add(in Message request)
    {
        Trim();
        if (_count == _ring.Length)
        {
            throw new InvalidOperationException(
                $"{_count} requests to group {request.ReplyTo.Port} of stage {request.ReplyTo.Stage.Index} are unfinished at {request.Step}. "
                + "This is a defect; please report it with the experiment file.");
        }

        if (request is { Kind: MessageKind.Forward, Purpose: ReadPurpose.Training })
        {
            ForgetInputs(request.Step);
        }

        At(_count++) = new Entry { Request = request };
    }

    /// <summary>Sends waiting requests while fewer than some are unanswered.</summary>
    /// <param name="credit">Most unanswered ones.</param>
    /// <param name="now">Now; counts as the time at which they were sent.</param>
    /// <param name="outbox">Takes them.</param>
    public void SendWithin(int credit, TimeSpan now, Outbox outbox)
    {
        while (_sent < _count && _sent - _answered < credit)
        {
            ref var entry = ref At(_sent++);
            if (entry.IsOver)
            {
                _answered++;
            }
            else
            {
                entry.SentAt = now;
                outbox.Send(entry.Request);
            }
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
    /// <param name="reply">The answer.</param>
    /// <param name="sentAt">When the request was sent first, where it is the first answer to it.</param>
    /// <returns>Whether it is the first answer to it.</returns>
    public bool Answer(in Message reply, out TimeSpan sentAt)
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
            sentAt = entry.SentAt;
            if (entry.Request.Step.CompareTo(_committed) <= 0 && entry.Request.Purpose == ReadPurpose.Training)
            {
                entry.IsOver = true;
                Trim();
            }

            return isNews;
        }

        sentAt = default;
        return false;
    }

    /// <summary>
    /// The group has committed a step: its commit needs no answer any more, nor does what was sent before it and is of no further use. A gradient that is
    /// still wanted stays, for its answer may have been overtaken.
    /// </summary>
    /// <returns>Commits that were not known to be confirmed.</returns>
    public int Confirm(StepId step)
    {
        var confirmed = 0;
        _committed = step.CompareTo(_committed) > 0 ? step : _committed;
        for (var i = 0; i < _sent && At(i).Request.Step.CompareTo(step) <= 0; i++)
        {
            ref var entry = ref At(i);
            if (entry.Request.Purpose == ReadPurpose.Training && !(entry.Request.WantsInputGradient && !entry.IsTaken))
            {
                confirmed += entry.Request.Kind == MessageKind.Commit && !entry.IsTaken ? 1 : 0;
                _answered += entry.IsAnswered ? 0 : 1;
                entry.IsAnswered = true;
                entry.IsTaken = true;
                entry.IsOver = true;
            }
        }

        Trim();
        return confirmed;
    }

    /// <summary>Makes the requests of a step wait again, from the first on; their answers are not news unless they have not come yet.</summary>
    /// <returns>False, and nothing changes, where the step is not the only one here.</returns>
    public bool Rewind(StepId step)
    {
        Trim();
        if (_count == 0 || !IsOf(step, 0) || !IsOf(step, _count - 1))
        {
            return false;
        }

        for (var i = 0; i < _sent; i++)
        {
            At(i).IsAnswered = false;
        }

        _sent = 0;
        _answered = 0;
        return true;
    }

    /// <summary>
    /// A step begins: its inputs lie where those of older steps were, which must not be sent again. All were answered once, or the step would not begin; a
    /// tile that has lost them since goes back to a checkpoint in a new term.
    /// </summary>
    private void ForgetInputs(StepId step)
    {
        for (var i = 0; i < _count; i++)
        {
            ref var entry = ref At(i);
            if (entry.Request is { Kind: MessageKind.Forward, Purpose: ReadPurpose.Training } && entry.Request.Step.CompareTo(step) < 0)
            {
                _answered += i < _sent && !entry.IsAnswered ? 1 : 0;
                entry.IsAnswered = true;
                entry.IsTaken = true;
                entry.IsOver = true;
            }
        }
    }

    private void Trim()
    {
        while (_count > 0 && (At(0).IsOver || (At(0).Request.Purpose == ReadPurpose.Evaluation && At(0).IsAnswered)))
        {
            RemoveFirst();
        }
    }

    private bool IsOf(StepId step, int index) => At(index).Request.Step == step && At(index).Request.Purpose == ReadPurpose.Training;

    private void RemoveFirst()
    {
        if (_sent > 0)
        {
            _answered -= At(0).IsAnswered ? 1 : 0;
            _sent--;
        }

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
        public TimeSpan SentAt; // first, unless it was rewound
        public bool IsAnswered; // since it was last sent
        public bool IsTaken; // ever
        public bool IsOver; // its step is committed, or its inputs are gone

        public readonly bool IsAnsweredBy(in Message reply) => Request.Purpose == reply.Purpose && (reply.Kind switch
        {
            MessageKind.Output => Request.Kind == MessageKind.Forward && Request.Vectors == reply.Vectors,
            MessageKind.InputGradient => Request.Kind == MessageKind.Backward && Request.Vectors == reply.Vectors,
            MessageKind.Committed => Request.Kind == MessageKind.Commit,
            _ => false,
        });
    }
}
