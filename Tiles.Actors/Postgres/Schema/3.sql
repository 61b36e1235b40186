-- Version 3: where a coordinator answers HTTP, and which tiles a member has.

ALTER TABLE tessera.control ADD COLUMN leader_http text NOT NULL DEFAULT '';
ALTER TABLE tessera.members ADD COLUMN tiles text NOT NULL DEFAULT ''; -- ranges of identities, as in 0-3,7

DROP FUNCTION tessera.lead(text, int, interval, interval);
DROP FUNCTION tessera.join(text, int, text, int, bigint, text, text, text, interval);

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
