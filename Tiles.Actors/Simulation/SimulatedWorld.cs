using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>
/// The simulated edge: processes with the real state machines under a virtual clock, network, store and control plane, all chance from one
/// seed. The same seed, faults, settings and machines give the same events in the same order, which <see cref="Digest"/> shows.
/// </summary>
/// <remarks>
/// A message whose peer is 0 or the process itself stays inside and is reliable; its peer is left as it is. What the node sends to a tile
/// always stays inside, too, with the peer of whoever asked, so that the tile's answer goes there. Everything else travels over the network:
/// its payload is copied, its peer becomes the sender's. A world is used by one thread; dispose it to dispose the machines.
/// </remarks>
public sealed partial class SimulatedWorld : IDisposable
{
    private readonly EventQueue _queue = new();
    private readonly SimulationTrace _trace;
    private readonly List<SimulatedProcess> _processes = [];
    private readonly List<Incarnation> _incarnations = []; // the one of peer p is at p - 1
    private readonly FaultSchedule _schedule;
    private SimulationViolationException? _violation;
    private bool _isStarted;

    /// <summary>Creates a world without processes.</summary>
    /// <param name="seed">Decides everything that is left to chance.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="settings">Bounds and leases; null for the defaults.</param>
    public SimulatedWorld(ulong seed, SimulationFaults faults, SimulationSettings? settings = null)
    {
        Seed = seed;
        Faults = faults;
        Settings = settings ?? new SimulationSettings();
        Random = new SimulationRandom(seed);
        Invariants = new SimulationInvariants(this);
        Network = new SimulatedNetwork(this);
        Store = new SimulatedStore(this);
        Control = new SimulatedControlPlane(this);
        _trace = new SimulationTrace(Settings.TraceLength);
        _schedule = new FaultSchedule(this);
        IsQuiet = faults.QuietAfter <= TimeSpan.Zero;
    }

    /// <summary>Sees each message to a client when it is sent: process, and message as its client sees it.</summary>
    public event Action<SimulatedProcess, Message>? ClientMessage;

    /// <summary>Sees each message just before its machine handles it.</summary>
    public event Action<SimulatedProcess, Message>? Handling;

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>What goes wrong.</summary>
    public SimulationFaults Faults { get; }

    /// <summary>Bounds and leases.</summary>
    public SimulationSettings Settings { get; }

    /// <summary>Virtual time since the world began.</summary>
    public TimeSpan Now => new(Ticks);

    /// <summary>Whether all faults are over.</summary>
    public bool IsQuiet { get; private set; }

    /// <summary>All processes in order of being added.</summary>
    public IReadOnlyList<SimulatedProcess> Processes => _processes;

    /// <summary>The store that all processes share.</summary>
    public SimulatedStore Store { get; }

    /// <summary>The control plane that all processes share.</summary>
    public SimulatedControlPlane Control { get; }

    /// <summary>What always holds; the scenario says what it expects of manifests and may report violations of its own.</summary>
    public SimulationInvariants Invariants { get; }

    /// <summary>What happened so far.</summary>
    public SimulationStatistics Statistics { get; } = new();

    /// <summary>Digest of all events so far, with the bits of all payloads.</summary>
    public ulong Digest => _trace.Digest;

    /// <summary>The last events, one a line.</summary>
    public string Trace => _trace.Format(_processes);

    internal long Ticks { get; private set; }

    internal SimulationRandom Random { get; }

    internal SimulatedNetwork Network { get; }

    /// <summary>Adds a process and starts its first incarnation.</summary>
    /// <param name="name">Name for people; distinct.</param>
    /// <param name="build">Builds the machines, now and after every crash.</param>
    /// <param name="mayFail">Whether the fault schedule may crash or freeze it.</param>
    public SimulatedProcess AddProcess(string name, Action<ProcessSetup> build, bool mayFail = true)
    {
        if (_processes.Count == SimulatedNetwork.ProcessesMax)
        {
            throw new InvalidOperationException($"A simulated world has at most {SimulatedNetwork.ProcessesMax} processes, '{name}' is one more.");
        }

        var process = new SimulatedProcess(name, _processes.Count, build, mayFail);
        _processes.Add(process);
        StartProcess(process);
        return process;
    }

    /// <summary>Wraps the physics of a tile so that its effects are checked; the machine of the tile gets the wrapped one.</summary>
    public ITile Observe(TileId id, ITile tile) => new ObservedTile(this, id, tile);

    /// <summary>Does something at a virtual time.</summary>
    public void At(TimeSpan time, Action action) =>
        _queue.Add(Math.Max(Ticks, time.Ticks), new SimulatedEvent { Kind = EventKind.Action, Action = action });

    /// <summary>Sends a message into a process from outside, as its command line would; lost where the process is dead.</summary>
    public void Post(SimulatedProcess process, in Message message)
    {
        if (process.Current is { IsAlive: true } incarnation)
        {
            Route(incarnation, null, message);
            ThrowIfViolated();
        }
    }

    /// <summary>Runs until a condition holds.</summary>
    /// <param name="done">Looked at after every event.</param>
    /// <param name="limit">Virtual time after which the run counts as stuck.</param>
    /// <exception cref="SimulationViolationException">An invariant does not hold, or the limit was reached.</exception>
    public void RunUntil(Func<bool> done, TimeSpan limit)
    {
        Start();
        while (!done())
        {
            if (_queue.Count == 0 || _queue.FirstTime > limit.Ticks)
            {
                Invariants.Report(
                    SimulationInvariant.Liveness,
                    _queue.Count == 0
                        ? "nothing is left to happen, but the scenario is not done"
                        : $"the scenario is not done after {limit.TotalMilliseconds:0} ms; faults were over: {(IsQuiet ? "yes" : "no")}");
                ThrowIfViolated();
            }

            Step();
        }
    }

    /// <summary>Runs for some virtual time, or until nothing is left to happen.</summary>
    /// <exception cref="SimulationViolationException">An invariant does not hold.</exception>
    public void RunFor(TimeSpan time)
    {
        var end = Ticks + time.Ticks;
        Start();
        while (_queue.Count > 0 && _queue.FirstTime <= end)
        {
            Step();
        }

        Ticks = end;
    }

    /// <summary>Disposes the machines of all processes.</summary>
    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Current?.Die();
        }
    }

    internal bool Happens(int chance) => !IsQuiet && Random.Chance(chance);

    internal void Schedule(long time, in SimulatedEvent what) => _queue.Add(time, what);

    internal void Note(TraceEvent what, SimulatedProcess? process = null, long detail = 0) =>
        _trace.Note(Now, what, process?.Index ?? -1, process?.Peer ?? default, detail);

    internal void Note(TraceEvent what, Incarnation? process, in Message message) =>
        _trace.Note(Now, what, process?.Process.Index ?? -1, process?.Peer ?? default, message);

    /// <summary>Keeps the first violation; the run ends with it after the current event.</summary>
    internal void Violate(SimulationInvariant invariant, string text, Exception? inner = null) =>
        _violation ??= new SimulationViolationException(new SimulationViolation(invariant, Seed, Now, text), Trace, inner);

    private void ThrowIfViolated()
    {
        if (_violation is not null)
        {
            throw _violation;
        }
    }
}
