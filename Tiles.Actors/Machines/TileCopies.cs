using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Machines;

/// <summary>
/// The copies of its state that a tile keeps: that of the newest complete checkpoint, to go back to without the store, and that of the one under way.
/// </summary>
internal sealed class TileCopies
{
    /// <summary>Copy of the newest checkpoint that is known to be complete.</summary>
    public TileCopy? Complete { get; private set; }

    /// <summary>Copy that is being stored, or stored and part of a checkpoint that is not complete yet.</summary>
    public TileCopy? Outstanding { get; private set; }

    /// <summary>The copy of a step, or null.</summary>
    public TileCopy? Of(StepId step) => Outstanding?.Step == step ? Outstanding : Complete?.Step == step ? Complete : null;

    /// <summary>The copy with a hash, or null; a copy whose hash is not known yet has none.</summary>
    public TileCopy? Of(BlobHash hash) => Outstanding?.Hash == hash ? Outstanding : Complete?.Hash == hash ? Complete : null;

    /// <summary>Whether an answer of the store is for the copy under way.</summary>
    public bool IsAbout(in Message answer) => Outstanding is { } copy && copy.Ticket == answer.Operation && copy.Term == answer.Term;

    /// <summary>Begins a copy; one that was under way is given up.</summary>
    public void Begin(TileCopy copy) => Outstanding = copy;

    /// <summary>Gives up the copy under way.</summary>
    public void GiveUp() => Outstanding = null;

    /// <summary>The checkpoint of a step is complete: its copy replaces the one before.</summary>
    public void MarkComplete(StepId step)
    {
        if (Outstanding is { } copy && copy.Step == step && copy.Hash is not null)
        {
            Complete = copy;
            Outstanding = null;
        }
    }

    /// <summary>The tile went back to this copy: what came later is gone.</summary>
    public void ReturnTo(TileCopy copy)
    {
        Complete = copy;
        Outstanding = null;
    }
}

/// <summary>One copy of a tile's state.</summary>
/// <param name="step">The step after which it was taken.</param>
/// <param name="blob">The bytes; nobody changes them.</param>
/// <param name="term">The term in which it was taken or loaded.</param>
/// <param name="ticket">Number of the request that stores it.</param>
internal sealed class TileCopy(StepId step, byte[] blob, Term term, ulong ticket)
{
    /// <summary>The step after which it was taken.</summary>
    public StepId Step { get; } = step;

    /// <summary>The bytes.</summary>
    public byte[] Blob { get; } = blob;

    /// <summary>The term in which it was taken or loaded: answers about it go to the coordinator of this term only.</summary>
    public Term Term { get; } = term;

    /// <summary>Number of the request that stores it; a tile that is built anew counts anew, in a newer term.</summary>
    public ulong Ticket { get; } = ticket;

    /// <summary>Name of the bytes, once they are stored.</summary>
    public BlobHash? Hash { get; set; }

    /// <summary>Whom to tell when it is stored.</summary>
    public PeerId Asker { get; set; }

    /// <summary>The edge that the answer belongs to.</summary>
    public EdgeId ReplyTo { get; set; }
}
