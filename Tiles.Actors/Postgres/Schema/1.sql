-- Version 1: what a run keeps.

-- One row a run: what it was begun with, its newest term, and its newest manifest.
CREATE TABLE tessera.runs (
    run text PRIMARY KEY,
    configuration_hash text NOT NULL,
    engine text NOT NULL,
    numerics_version int NOT NULL,
    term bigint NOT NULL DEFAULT 0,
    generation bigint NOT NULL DEFAULT 0,       -- manifests committed; blobs carry the one in which they were put last
    newest text NOT NULL DEFAULT '',            -- SHA-256 of the newest manifest's text
    files boolean NOT NULL,                     -- whether the bytes of blobs are files of a shared directory
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Bytes on their way in or in use. A body that no blob names is unfinished or given up, and is swept with its pieces.
CREATE TABLE tessera.bodies (
    body bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run text NOT NULL,
    generation bigint NOT NULL
);
CREATE INDEX bodies_of_run ON tessera.bodies(run);

CREATE TABLE tessera.pieces (
    body bigint NOT NULL REFERENCES tessera.bodies ON DELETE CASCADE,
    piece int NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (body, piece)
);
ALTER TABLE tessera.pieces ALTER COLUMN bytes SET STORAGE EXTERNAL; -- noise does not compress

CREATE TABLE tessera.blobs (
    run text NOT NULL,
    sha256 text NOT NULL,
    length bigint NOT NULL,
    body bigint REFERENCES tessera.bodies,      -- null where the bytes are a file
    generation bigint NOT NULL,
    PRIMARY KEY (run, sha256)
);
CREATE INDEX blobs_of_body ON tessera.blobs(body);

CREATE TABLE tessera.manifests (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run text NOT NULL,
    term bigint NOT NULL,
    step bigint NOT NULL,
    sha256 text NOT NULL,
    json bytea NOT NULL
);
CREATE INDEX manifests_of_run ON tessera.manifests(run, term, step, position);

CREATE TABLE tessera.named (
    position bigint NOT NULL REFERENCES tessera.manifests ON DELETE CASCADE,
    run text NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (position, sha256)
);
CREATE INDEX named_of_run ON tessera.named(run, sha256);

-- For verification, never pruned: every manifest that was ever committed, every term that was ever given out.
CREATE TABLE tessera.history (
    run text NOT NULL,
    position bigint NOT NULL,
    term bigint NOT NULL,
    step bigint NOT NULL,
    sha256 text NOT NULL,
    peer int,                                   -- who led when it was committed, where known
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run, position)
);
CREATE TABLE tessera.terms (
    run text NOT NULL,
    term bigint NOT NULL,
    peer int,                                   -- null where a tool raised the term
    name text NOT NULL DEFAULT '',
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run, term)
);

-- Metrics of finished epochs, and how the run ended.
CREATE TABLE tessera.epochs (
    run text NOT NULL,
    epoch int NOT NULL,
    step bigint NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (run, epoch)
);
CREATE TABLE tessera.outcomes (
    run text PRIMARY KEY,
    json text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The next term of a run; null where there is no such run. What an older term left unfinished goes with it.
CREATE FUNCTION tessera.raise_term(p_run text, p_peer int, p_name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_term bigint;
BEGIN
    UPDATE tessera.runs SET term = term + 1 WHERE run = p_run RETURNING term INTO v_term;
    IF v_term IS NULL THEN
        RETURN NULL;
    END IF;

    INSERT INTO tessera.terms(run, term, peer, name) VALUES (p_run, v_term, p_peer, p_name);
    DELETE FROM tessera.blobs b WHERE b.run = p_run
        AND NOT EXISTS (SELECT FROM tessera.named n WHERE n.run = p_run AND n.sha256 = b.sha256);
    DELETE FROM tessera.bodies o WHERE o.run = p_run AND NOT EXISTS (SELECT FROM tessera.blobs b WHERE b.body = o.body);
    RETURN v_term;
END
$$;
