using Npgsql;
using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Stores;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Actors.Postgres;

/// <summary>
/// The control plane of a run in PostgreSQL, as one process sees it (docs/control-plane.md). Row locks and the clock of the server decide. The term
/// that makes a
/// process the coordinator is the one that the run's <see cref="PostgresRunStore"/> checks, and rises in the same transaction. A process holds a lock of its
/// session for as long as it lives, so that its end is known at once. Calls block and may come from any thread, one at a time.
/// </summary>
public sealed class PostgresControlPlane : IControlPlane, IDisposable
{
    private readonly PostgresSession _session;
    private readonly PostgresControlSettings _settings;
    private readonly string _run;
    private readonly HashSet<int> _admitted = []; // identities of this process
    private readonly HashSet<int> _locked = []; // those whose lock the present session holds
    private bool _isPrepared;

    /// <summary>Prepares the control plane of a run; the first call connects.</summary>
    /// <param name="connectionString">The database, in Npgsql's form or as <c>postgres://user:password@host/database</c>.</param>
    /// <param name="run">Name of the run.</param>
    /// <param name="settings">Leases and time limits.</param>
    /// <exception cref="StoreException">The address or the name cannot be one.</exception>
    public PostgresControlPlane(string connectionString, string run, PostgresControlSettings? settings = null)
    {
        _settings = settings ?? new PostgresControlSettings();
        _settings.Validate();
        _run = RunName.Require(run);
        _session = new PostgresSession(PostgresAddress.Parse(connectionString), "tessera control", _settings.CallTimeout, 0.9 * _settings.CallTimeout)
        {
            Opened = LockAgain,
        };
    }

    /// <inheritdoc/>
    public PeerId Admit(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Call("admit a process", () =>
        {
            var peer = _session.Query("SELECT tessera.admit($1, $2, $3)", row => row.GetInt32(0), _run, name, _settings.LeaseDuration)[0];
            _admitted.Add(peer); // holds its lock
            _locked.Add(peer);
            return new PeerId(peer);
        });
    }

    /// <inheritdoc/>
    public Term? Lead(PeerId peer, string http = "") => Call<Term?>("take a term", () =>
    {
        Lock(peer);
        var term = _session.Query(
            "SELECT tessera.lead($1, $2, $3, $4, $5)", row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0),
            _run, peer.Value, http, _settings.LeaseDuration, _settings.GoneAfter)[0] ?? throw PostgresRunStore.NoRun(_session, _run);
        return term == 0 ? null : new Term(checked((ulong)term));
    });

    /// <inheritdoc/>
    public bool RenewLead(PeerId peer, Term term) => Call("renew a term", () =>
    {
        Lock(peer);
        return _session.Query(
            "SELECT tessera.renew_lead($1, $2, $3, $4)", row => row.GetBoolean(0), _run, peer.Value, checked((long)term.Value), _settings.LeaseDuration)[0];
    });

    /// <inheritdoc/>
    public void Join(Member member)
    {
        ArgumentNullException.ThrowIfNull(member);
        Call("renew a membership", () =>
        {
            Lock(member.Peer);
            return _session.Execute(
                "SELECT tessera.join($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                _run, member.Peer.Value, member.Name, member.Cores, member.MemoryBytes, member.Address, member.Labels, member.Http, member.Tiles,
                _settings.LeaseDuration);
        });
    }

    /// <inheritdoc/>
    public void Leave(PeerId peer) =>
        Call("end a membership", () => _session.Execute("SELECT tessera.leave($1, $2, $3)", _run, peer.Value, _settings.LeaseDuration));

    /// <inheritdoc/>
    public bool Drain(string name) => Call("drain a member", () => _session.Query(
        "SELECT tessera.drain($1, $2, $3, $4)", row => row.GetBoolean(0), _run, name, _settings.LeaseDuration, _settings.GoneAfter)[0]);

    /// <inheritdoc/>
    public MemberList Members() => Call("list the members", () => new MemberList(_session.Query(
        "SELECT peer, name, cores, memory_bytes, address, labels, http, draining, tiles FROM tessera.alive_members($1, $2, $3)",
        row => new Member(new PeerId(row.GetInt32(0)), row.GetString(1), row.GetInt32(2), row.GetInt64(3))
        {
            Address = row.GetString(4),
            Labels = row.GetString(5),
            Http = row.GetString(6),
            IsDraining = row.GetBoolean(7),
            Tiles = row.GetString(8),
        },
        _run, _settings.LeaseDuration, _settings.GoneAfter)));

    /// <inheritdoc/>
    public Leader? Leader() => Call("name the coordinator", () => _session.Query(
        "SELECT leader, leader_name, leader_term, leader_http FROM tessera.alive_leader($1, $2, $3)",
        row => new Leader(new PeerId(row.GetInt32(0)), row.GetString(1), new Term(checked((ulong)row.GetInt64(2)))) { Http = row.GetString(3) },
        _run, _settings.LeaseDuration, _settings.GoneAfter).FirstOrDefault());

    /// <summary>Ends the session, as the end of the process would.</summary>
    public void Dispose() => _session.Dispose();

    private T Call<T>(string what, Func<T> body) => _session.Run(what, () =>
    {
        if (!_isPrepared)
        {
            PostgresSchema.Prepare(_session);
            _isPrepared = true;
        }

        return body();
    });

    /// <summary>
    /// Makes sure that this session holds the lock of an identity. A session of before may hold it still, on the server's side; then the next call
    /// tries again.
    /// </summary>
    private void Lock(PeerId peer)
    {
        _admitted.Add(peer.Value);
        if (!_locked.Contains(peer.Value) && _session.Query("SELECT tessera.take_lock($1)", row => row.GetBoolean(0), peer.Value)[0])
        {
            _locked.Add(peer.Value);
        }
    }

    private void LockAgain(NpgsqlConnection connection)
    {
        _locked.Clear();
        foreach (var peer in _admitted)
        {
            using var command = new NpgsqlCommand("SELECT tessera.take_lock($1)", connection);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = peer });
            if (command.ExecuteScalar() is true)
            {
                _locked.Add(peer);
            }
        }
    }
}
