-- Version 2: the control plane (docs/control-plane.md). One call is one statement: no row stays locked while a client thinks.

CREATE SEQUENCE tessera.peer_numbers AS int;

-- Who was admitted under which name: the newest number of a name is its incarnation.
CREATE TABLE tessera.peers (
    run text NOT NULL,
    peer int NOT NULL,
    name text NOT NULL,
    admitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run, peer)
);
CREATE INDEX peers_of_name ON tessera.peers(run, name, peer);

-- One row a run, locked by every call: calls are one after the other, and so are their readings of the clock.
CREATE TABLE tessera.control (
    run text PRIMARY KEY,
    seen_at timestamptz NOT NULL,               -- the newest call of anyone
    grace_until timestamptz NOT NULL DEFAULT '-infinity', -- until then a missing session says nothing
    leader int,                                 -- null while nobody leads
    leader_name text NOT NULL DEFAULT '',
    leader_http text NOT NULL DEFAULT '',       -- where it answers people
    leader_term bigint NOT NULL DEFAULT 0,
    renewed_at timestamptz NOT NULL DEFAULT '-infinity',
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
);

CREATE TABLE tessera.members (
    run text NOT NULL,
    name text NOT NULL,
    peer int NOT NULL,
    cores int NOT NULL,
    memory_bytes bigint NOT NULL,
    address text NOT NULL,
    labels text NOT NULL,
    http text NOT NULL,
    tiles text NOT NULL,                        -- ranges of identities, as in 0-3,7
    draining boolean NOT NULL,
    renewed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (run, name)
);

-- Empty after a crash or a failover of the server, as PostgreSQL empties unlogged tables then: sessions were lost without anybody's doing.
CREATE UNLOGGED TABLE tessera.server_memory (run text PRIMARY KEY);

-- Whether a process holds its lock: a lock of its session, which ends with the process. 1413829460 is 'TESS'.
CREATE FUNCTION tessera.is_connected(p_peer int) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_locks
        WHERE locktype = 'advisory' AND granted AND classid = 1413829460 AND objid = p_peer::bigint::oid AND objsubid = 2
            AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
$$;

CREATE FUNCTION tessera.take_lock(p_peer int) RETURNS boolean LANGUAGE sql AS $$ SELECT pg_try_advisory_lock(1413829460, p_peer) $$;

-- The one rule of liveness.
CREATE FUNCTION tessera.is_alive(
    p_now timestamptz, p_peer int, p_renewed_at timestamptz, p_expires_at timestamptz, p_grace_until timestamptz, p_gone_after interval)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF p_peer IS NULL OR p_now > p_expires_at THEN
        RETURN false;
    END IF;

    RETURN p_now < p_grace_until OR p_now <= p_renewed_at + p_gone_after OR tessera.is_connected(p_peer);
END
$$;

-- What every call does first: it locks the run's row, reads the clock, and where nobody could have called for a while, or the server was not there or its
-- clock went back, it gives every lease that held until then as much again. Returns the row; seen_at is now.
CREATE FUNCTION tessera.touch(p_run text, p_lease interval) RETURNS tessera.control LANGUAGE plpgsql AS $$
DECLARE
    v tessera.control;
    v_now timestamptz;
    v_new boolean := false;
    v_forgot boolean := false;
BEGIN
    SELECT * INTO v FROM tessera.control WHERE run = p_run FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO tessera.control(run, seen_at) VALUES (p_run, clock_timestamp()) ON CONFLICT DO NOTHING;
        SELECT * INTO v FROM tessera.control WHERE run = p_run FOR UPDATE;
        v_new := true; -- there is nothing that the server could have forgotten
    END IF;

    v_now := clock_timestamp();
    IF NOT EXISTS (SELECT FROM tessera.server_memory WHERE run = p_run) THEN
        INSERT INTO tessera.server_memory(run) VALUES (p_run) ON CONFLICT DO NOTHING;
        v_forgot := NOT v_new;
    END IF;

    IF v_forgot OR v_now > v.seen_at + p_lease / 2 OR v_now < v.seen_at OR pg_postmaster_start_time() > v.seen_at THEN
        v.grace_until := v_now + p_lease;
        v.expires_at := CASE WHEN v.expires_at >= v.seen_at THEN v_now + p_lease ELSE '-infinity' END;
        v.renewed_at := least(v.renewed_at, v_now);
        UPDATE tessera.members m
            SET expires_at = CASE WHEN m.expires_at >= v.seen_at THEN v_now + p_lease ELSE '-infinity' END, renewed_at = least(m.renewed_at, v_now)
            WHERE m.run = p_run;
        UPDATE tessera.control c SET seen_at = v_now, grace_until = v.grace_until, renewed_at = v.renewed_at, expires_at = v.expires_at WHERE c.run = p_run;
    ELSE
        UPDATE tessera.control c SET seen_at = v_now WHERE c.run = p_run;
    END IF;

    v.seen_at := v_now;
    RETURN v;
END
$$;

-- Whether a later incarnation has a process's name.
CREATE FUNCTION tessera.is_superseded(p_run text, p_name text, p_peer int) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM tessera.peers WHERE run = p_run AND name = p_name AND peer > p_peer)
$$;

CREATE FUNCTION tessera.admit(p_run text, p_name text, p_lease interval) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v tessera.control := tessera.touch(p_run, p_lease);
    v_peer int := nextval('tessera.peer_numbers');
BEGIN
    INSERT INTO tessera.peers(run, peer, name) VALUES (p_run, v_peer, p_name);
    DELETE FROM tessera.members WHERE run = p_run AND (name = p_name OR expires_at < v.seen_at - interval '1 day');
    UPDATE tessera.control SET leader = NULL WHERE run = p_run AND leader_name = p_name;
    PERFORM tessera.take_lock(v_peer);
    RETURN v_peer;
END
$$;

-- The term, 0 while another process leads or the name was taken over, null where the run has not begun.
CREATE FUNCTION tessera.lead(p_run text, p_peer int, p_http text, p_lease interval, p_gone_after interval) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v tessera.control := tessera.touch(p_run, p_lease);
    v_name text;
    v_term bigint;
BEGIN
    SELECT name INTO v_name FROM tessera.peers WHERE run = p_run AND peer = p_peer;
    v_name := coalesce(v_name, 'P' || p_peer);
    IF (v.leader <> p_peer AND tessera.is_alive(v.seen_at, v.leader, v.renewed_at, v.expires_at, v.grace_until, p_gone_after))
        OR tessera.is_superseded(p_run, v_name, p_peer) THEN
        RETURN 0;
    END IF;

    v_term := tessera.raise_term(p_run, p_peer, v_name);
    IF v_term IS NOT NULL THEN
        v.seen_at := clock_timestamp(); -- a writer of the older term may have been waited for
        UPDATE tessera.control
            SET leader = p_peer, leader_name = v_name, leader_http = p_http, leader_term = v_term,
                renewed_at = v.seen_at, expires_at = v.seen_at + p_lease, seen_at = v.seen_at
            WHERE run = p_run;
    END IF;

    RETURN v_term;
END
$$;

CREATE FUNCTION tessera.renew_lead(p_run text, p_peer int, p_term bigint, p_lease interval) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v tessera.control;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true); -- a renewal that a crash of the server takes back is made up for by the grace after it
    v := tessera.touch(p_run, p_lease);
    IF v.leader IS DISTINCT FROM p_peer OR v.leader_term <> p_term OR NOT EXISTS (SELECT FROM tessera.runs WHERE run = p_run AND term = p_term) THEN
        RETURN false;
    END IF;

    UPDATE tessera.control SET renewed_at = v.seen_at, expires_at = v.seen_at + p_lease WHERE run = p_run;
    RETURN true;
END
$$;

CREATE FUNCTION tessera.join(
    p_run text, p_peer int, p_name text, p_cores int, p_memory_bytes bigint, p_address text, p_labels text, p_http text, p_tiles text, p_lease interval)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v tessera.control;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    v := tessera.touch(p_run, p_lease);
    IF tessera.is_superseded(p_run, p_name, p_peer) THEN
        RETURN false;
    END IF;

    INSERT INTO tessera.members AS m (run, name, peer, cores, memory_bytes, address, labels, http, tiles, draining, renewed_at, expires_at)
        VALUES (p_run, p_name, p_peer, p_cores, p_memory_bytes, p_address, p_labels, p_http, p_tiles, false, v.seen_at, v.seen_at + p_lease)
        ON CONFLICT (run, name) DO UPDATE SET
            peer = excluded.peer, cores = excluded.cores, memory_bytes = excluded.memory_bytes, address = excluded.address, labels = excluded.labels,
            http = excluded.http, tiles = excluded.tiles, draining = m.draining AND m.peer = excluded.peer,
            renewed_at = excluded.renewed_at, expires_at = excluded.expires_at
        WHERE m.peer <= excluded.peer;
    RETURN true;
END
$$;

CREATE FUNCTION tessera.leave(p_run text, p_peer int, p_lease interval) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tessera.touch(p_run, p_lease);
    DELETE FROM tessera.members WHERE run = p_run AND peer = p_peer;
    UPDATE tessera.control SET leader = NULL WHERE run = p_run AND leader = p_peer;
END
$$;

CREATE FUNCTION tessera.drain(p_run text, p_name text, p_lease interval, p_gone_after interval) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v tessera.control := tessera.touch(p_run, p_lease);
BEGIN
    UPDATE tessera.members m SET draining = true
        WHERE m.run = p_run AND m.name = p_name AND tessera.is_alive(v.seen_at, m.peer, m.renewed_at, m.expires_at, v.grace_until, p_gone_after);
    RETURN FOUND;
END
$$;

CREATE FUNCTION tessera.alive_members(p_run text, p_lease interval, p_gone_after interval) RETURNS SETOF tessera.members LANGUAGE plpgsql AS $$
DECLARE
    v tessera.control;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    v := tessera.touch(p_run, p_lease);
    RETURN QUERY SELECT * FROM tessera.members m
        WHERE m.run = p_run AND tessera.is_alive(v.seen_at, m.peer, m.renewed_at, m.expires_at, v.grace_until, p_gone_after)
        ORDER BY m.name COLLATE "C";
END
$$;

CREATE FUNCTION tessera.alive_leader(p_run text, p_lease interval, p_gone_after interval) RETURNS SETOF tessera.control LANGUAGE plpgsql AS $$
DECLARE
    v tessera.control;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    v := tessera.touch(p_run, p_lease);
    IF tessera.is_alive(v.seen_at, v.leader, v.renewed_at, v.expires_at, v.grace_until, p_gone_after) THEN
        RETURN NEXT v;
    END IF;
END
$$;
