using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <content>Machines that may block, such as a database: each has a thread of its own, so that nobody else waits for it.</content>
public sealed partial class LocalEdge
{
    private const int BatchMax = 64;
    private readonly List<Thread> _blockingThreads = [];

    /// <summary>Adds a machine that may block; it runs on a thread of its own, one message at a time, or all that wait where it can take them.</summary>
    /// <param name="recipient">Which one.</param>
    /// <param name="machine">Who handles the messages; the caller disposes it, after the edge.</param>
    /// <param name="capacity">Most messages that wait.</param>
    public void AddBlocking(Recipient recipient, IMachine machine, int capacity)
    {
        lock (_building)
        {
            ThrowIfRunning(recipient.ToString());
            _machines[(int)recipient] = new Mailbox(recipient, TileId.None, machine, capacity) { Wake = new SemaphoreSlim(0) };
        }
    }

    private void StartBlocking()
    {
        foreach (var mailbox in _machines)
        {
            if (mailbox?.Wake is not null)
            {
                var thread = new Thread(() => RunBlocking(mailbox)) { IsBackground = true, Name = $"tessera-{mailbox.Recipient}" };
                _blockingThreads.Add(thread);
                thread.Start();
            }
        }
    }

    private void RunBlocking(Mailbox mailbox)
    {
        var outbox = new Outbox();
        var messages = new Message[mailbox.Machine is IBatchMachine ? BatchMax : 1];
        while (true)
        {
            mailbox.Wake!.Wait();
            int count;
            lock (_gate)
            {
                if (_stopped || _fault is not null)
                {
                    return; // a fault stays, nothing runs after it
                }

                count = Math.Min(mailbox.Count, messages.Length);
                for (var i = 0; i < count; i++)
                {
                    mailbox.Dequeue(out messages[i]);
                }
            }

            RunBatch(mailbox, messages.AsSpan(0, count), outbox);
            Array.Clear(messages, 0, count);
        }
    }

    private void RunBatch(Mailbox mailbox, ReadOnlySpan<Message> messages, Outbox outbox)
    {
        if (messages.Length == 1)
        {
            Run(mailbox, messages[0], outbox, spare: 0);
            return;
        }

        var now = Now;
        var handled = true;
        try
        {
            ((IBatchMachine)mailbox.Machine).HandleAll(now, messages, outbox);
        }
        catch (Exception error)
        {
            Fail(error);
            handled = false;
        }

        lock (_gate)
        {
            Finish(now, mailbox, outbox, handled);
            WakeForReady(spare: 0);
        }
    }

    private void StopBlocking()
    {
        foreach (var mailbox in _machines)
        {
            mailbox?.Wake?.Release();
        }

        foreach (var thread in _blockingThreads)
        {
            thread.Join();
        }

        foreach (var mailbox in _machines)
        {
            mailbox?.Wake?.Dispose();
        }
    }
}
