using Tessera.Protocol.Identity;

namespace Tessera.Actors.Machines;

/// <summary>A question to the control plane.</summary>
/// <param name="Number">Its number.</param>
/// <param name="SentAt">When it was asked.</param>
/// <param name="Term">The term to be renewed; none where a new one, or membership, is asked for.</param>
internal readonly record struct LeaseQuestion(ulong Number, TimeSpan SentAt, Term Term);

/// <summary>
/// Until when a lease holds, on the holder's own clock: from the moment before a question was sent that has been answered. The control plane
/// counts from when it got the question, so the holder stops first.
/// </summary>
/// <param name="duration">Length of the lease; null never lapses.</param>
internal sealed class LeaseClock(TimeSpan? duration)
{
    private const int QuestionsMax = 256;
    private readonly List<LeaseQuestion> _questions = []; // without an answer, in order of asking

    /// <summary>Until when it holds; null before it began.</summary>
    public TimeSpan? HoldsUntil { get; private set; }

    /// <summary>Forgets the lease and all questions.</summary>
    public void Clear()
    {
        HoldsUntil = null;
        _questions.Clear();
    }

    /// <summary>Remembers a question; those whose answer would come too late are forgotten.</summary>
    public void Ask(in LeaseQuestion question)
    {
        var now = question.SentAt;
        _questions.RemoveAll(old => old.SentAt + duration <= now);
        if (_questions.Count == QuestionsMax)
        {
            _questions.RemoveAt(0);
        }

        _questions.Add(question);
    }

    /// <summary>Takes the question that an answer belongs to; each is taken once.</summary>
    public bool TryTake(ulong number, out LeaseQuestion question)
    {
        var index = _questions.FindIndex(asked => asked.Number == number);
        question = index < 0 ? default : _questions[index];
        if (index >= 0)
        {
            _questions.RemoveAt(index);
        }

        return index >= 0;
    }

    /// <summary>Whether a good answer to a question, if it comes now, comes before the lease that it grants is over.</summary>
    public bool IsInTime(in LeaseQuestion question, TimeSpan now) => duration is not { } length || now < question.SentAt + length;

    /// <summary>The lease holds from a question on.</summary>
    public void Extend(in LeaseQuestion question)
    {
        var until = duration is { } length ? question.SentAt + length : TimeSpan.MaxValue;
        HoldsUntil = HoldsUntil is { } before && before > until ? before : until;
    }
}
