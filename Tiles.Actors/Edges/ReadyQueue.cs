namespace Tessera.Actors.Edges;

/// <summary>
/// Mailboxes with work, urgent ones first, otherwise in order of arrival. Each is in it at most once, so that it grows only when tiles are hosted.
/// </summary>
/// <param name="capacity">Mailboxes that it takes without growth, 1 or more.</param>
internal sealed class ReadyQueue(int capacity)
{
    private readonly Ring _urgent = new(capacity);
    private readonly Ring _ordinary = new(capacity);

    public int Count => _urgent.Count + _ordinary.Count;

    /// <summary>Whether an urgent one is next.</summary>
    public bool IsUrgent => _urgent.Count > 0;

    public void Add(Mailbox mailbox) => (mailbox.Urgent ? _urgent : _ordinary).Add(mailbox);

    public Mailbox Take() => _urgent.Count > 0 ? _urgent.Take() : _ordinary.Take();

    /// <summary>Takes a mailbox out of turn, if it is there.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(Mailbox mailbox) => (mailbox.Urgent ? _urgent : _ordinary).Remove(mailbox);

    private sealed class Ring(int capacity)
    {
        private Mailbox?[] _mailboxes = new Mailbox?[capacity];
        private int _head;

        public int Count { get; private set; }

        public void Add(Mailbox mailbox)
        {
            if (Count == _mailboxes.Length)
            {
                Grow();
            }

            _mailboxes[(_head + Count) % _mailboxes.Length] = mailbox;
            Count++;
        }

        public Mailbox Take()
        {
            var mailbox = _mailboxes[_head]!;
            _mailboxes[_head] = null;
            _head = (_head + 1) % _mailboxes.Length;
            Count--;
            return mailbox;
        }

        public bool Remove(Mailbox mailbox)
        {
            var found = false;
            for (var left = Count; left > 0; left--)
            {
                var other = Take();
                if (other == mailbox)
                {
                    found = true;
                }
                else
                {
                    Add(other);
                }
            }

            return found;
        }

        private void Grow()
        {
            var larger = new Mailbox?[2 * Count];
            for (var i = 0; i < Count; i++)
            {
                larger[i] = _mailboxes[(_head + i) % _mailboxes.Length];
            }

            _mailboxes = larger;
            _head = 0;
        }
    }
}
