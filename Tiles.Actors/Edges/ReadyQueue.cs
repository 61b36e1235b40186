namespace Tessera.Actors.Edges;

/// <summary>Mailboxes with work, urgent ones first, otherwise in order of arrival. Each is in it at most once, so its size is known.</summary>
internal sealed class ReadyQueue(int capacity)
{
    private readonly Ring _urgent = new(capacity);
    private readonly Ring _ordinary = new(capacity);

    public int Count => _urgent.Count + _ordinary.Count;

    public void Add(Mailbox mailbox) => (mailbox.Urgent ? _urgent : _ordinary).Add(mailbox);

    public Mailbox Take() => _urgent.Count > 0 ? _urgent.Take() : _ordinary.Take();

    private sealed class Ring(int capacity)
    {
        private readonly Mailbox[] _mailboxes = new Mailbox[capacity];
        private int _head;

        public int Count { get; private set; }

        public void Add(Mailbox mailbox)
        {
            _mailboxes[(_head + Count) % _mailboxes.Length] = mailbox;
            Count++;
        }

        public Mailbox Take()
        {
            var mailbox = _mailboxes[_head];
            _head = (_head + 1) % _mailboxes.Length;
            Count--;
            return mailbox;
        }
    }
}
