-- The records: promotions and their life, runs and their journal, what they made, and the audit trail.
-- Runs as the owner. shipui's own role gets its rights from grants.py. Plain SQL for PostgreSQL 14 and newer.

CREATE TABLE target (
    name text PRIMARY KEY CHECK (name <> ''),
    first_seen timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE product (
    id text PRIMARY KEY CHECK (id ~ '^DP-[0-9A-F]{8}$'),
    name text NOT NULL UNIQUE CHECK (name <> ''),
    target text NOT NULL REFERENCES target,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE build (
    id text PRIMARY KEY CHECK (id ~ '^FB-[0-9A-F]{8}$'),
    title text NOT NULL,
    sandbox text NOT NULL,
    evidence json,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE revision (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    build text NOT NULL REFERENCES build,
    commit text NOT NULL,
    base text NOT NULL,
    tree text NOT NULL,
    diff_digest text NOT NULL,
    statistics json NOT NULL DEFAULT '{}',
    added_by text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (build, commit, base, tree, diff_digest)
);

CREATE TABLE product_version (
    product text NOT NULL REFERENCES product,
    version text NOT NULL CHECK (version ~ '^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)'),
    build text NOT NULL REFERENCES build,
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    deployed_at timestamptz,
    PRIMARY KEY (product, version)
);

CREATE TABLE change_request (
    id text PRIMARY KEY CHECK (id ~ '^CR-[0-9A-F]{8}$'),
    type text NOT NULL CHECK (type IN ('standard', 'normal', 'emergency')),
    risk text NOT NULL CHECK (risk IN ('low', 'medium', 'high', 'critical')),
    title text NOT NULL,
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE promotion (
    id text PRIMARY KEY CHECK (id ~ '^CP-[0-9A-F]{8}$'),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'withdrawn', 'executing',
        'deployed', 'rolled_back', 'needs_attention', 'superseded')),
    build text NOT NULL REFERENCES build,
    revision bigint NOT NULL REFERENCES revision,
    target text NOT NULL REFERENCES target,
    product text NOT NULL,
    version text NOT NULL,
    change_request text NOT NULL REFERENCES change_request,
    title text NOT NULL,
    sandbox text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    retry_of text REFERENCES promotion,
    diff_statistics json NOT NULL DEFAULT '{}',
    gate_verdict text NOT NULL DEFAULT 'not run' CHECK (gate_verdict IN ('not run', 'pass', 'warn', 'block', 'error')),
    enabled boolean NOT NULL DEFAULT true,
    reason text NOT NULL DEFAULT '',
    status_by text NOT NULL,
    status_run text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (product, version) REFERENCES product_version
);

CREATE UNIQUE INDEX promotion_one_deployed ON promotion (target) WHERE status = 'deployed';
CREATE UNIQUE INDEX promotion_one_executing ON promotion (target) WHERE status = 'executing';
CREATE UNIQUE INDEX promotion_one_open ON promotion (build)
    WHERE status IN ('pending', 'approved', 'executing', 'needs_attention');
CREATE INDEX promotion_newest ON promotion (requested_at DESC, id);
CREATE INDEX promotion_by_status ON promotion (status, requested_at DESC, id);
CREATE INDEX promotion_by_build ON promotion (build);

CREATE TABLE approval (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promotion text NOT NULL REFERENCES promotion,
    revision bigint NOT NULL REFERENCES revision,
    person text NOT NULL,
    reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now(),
    lapsed_at timestamptz,
    lapsed_why text
);

CREATE UNIQUE INDEX approval_one_standing ON approval (promotion, person) WHERE lapsed_at IS NULL;

CREATE TABLE run (
    id text PRIMARY KEY CHECK (id ~ '^RN-[0-9A-F]{8}$'),
    kind text NOT NULL CHECK (kind IN ('deploy', 'rollback', 'recovery', 'ship')),
    target text NOT NULL REFERENCES target,
    promotion text REFERENCES promotion,
    epoch integer NOT NULL DEFAULT 1 CHECK (epoch >= 1),
    person text NOT NULL,
    machine text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    limit_seconds double precision NOT NULL CHECK (limit_seconds > 0),
    started_at timestamptz NOT NULL DEFAULT now(),
    step integer,
    finished_at timestamptz,
    outcome text CHECK (outcome IN ('done', 'refused', 'postponed', 'rolled_back', 'needs_attention', 'stopped')),
    plain text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '',
    commands json NOT NULL DEFAULT '[]',
    health_passed_at timestamptz,
    cancel_asked_by text,
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
);

CREATE UNIQUE INDEX run_one_open ON run (target) WHERE finished_at IS NULL AND kind <> 'ship';
CREATE INDEX run_by_promotion ON run (promotion, started_at);

ALTER TABLE promotion ADD FOREIGN KEY (status_run) REFERENCES run;

CREATE TABLE run_event (
    run text NOT NULL REFERENCES run,
    number integer NOT NULL CHECK (number >= 1),
    at timestamptz NOT NULL,
    kind text NOT NULL,
    step integer,
    -- json, not jsonb: what came from outside is kept as it was, even what jsonb refuses.
    data json NOT NULL DEFAULT '{}',
    PRIMARY KEY (run, number)
);

CREATE TABLE transition (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promotion text NOT NULL REFERENCES promotion,
    old text,
    new text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by text NOT NULL,
    run text REFERENCES run,
    reason text NOT NULL
);

CREATE INDEX transition_by_promotion ON transition (promotion, id);
CREATE INDEX transition_by_run ON transition (run) WHERE new = 'superseded';

CREATE TABLE artefact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run text NOT NULL REFERENCES run,
    target text NOT NULL REFERENCES target,
    kind text NOT NULL CHECK (kind IN ('image', 'tag', 'container', 'context', 'database', 'specification_file', 'backup')),
    name text NOT NULL,
    identity text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL DEFAULT now(),
    keep_until timestamptz,
    removed_at timestamptz,
    UNIQUE (run, kind, name)
);

CREATE TABLE backup (
    name text PRIMARY KEY CHECK (name <> ''),
    promotion text NOT NULL REFERENCES promotion,
    target text NOT NULL REFERENCES target,
    run text NOT NULL REFERENCES run,
    kind text NOT NULL,
    made_at timestamptz NOT NULL,
    path text NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    facts json NOT NULL,
    removed_at timestamptz
);

CREATE INDEX backup_newest ON backup (target, made_at DESC);
CREATE INDEX backup_by_promotion ON backup (promotion);

CREATE TABLE gate_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promotion text NOT NULL REFERENCES promotion,
    revision bigint NOT NULL REFERENCES revision,
    gate text NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('not run', 'pass', 'warn', 'block', 'error')),
    files integer NOT NULL DEFAULT 0,
    lines integer NOT NULL DEFAULT 0,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX gate_run_by_promotion ON gate_run (promotion, id);

CREATE TABLE finding (
    gate_run bigint NOT NULL REFERENCES gate_run,
    fingerprint text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    path text NOT NULL,
    line integer,
    message text NOT NULL,
    fix text NOT NULL DEFAULT '',
    cwe text,
    evidence text NOT NULL DEFAULT '',
    PRIMARY KEY (gate_run, fingerprint)
);

CREATE TABLE disposition (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promotion text NOT NULL REFERENCES promotion,
    finding text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('acknowledged', 'false_positive')),
    reason text NOT NULL CHECK (reason <> ''),
    by text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX disposition_by_promotion ON disposition (promotion, finding, id);

CREATE TABLE epic (
    id text PRIMARY KEY CHECK (id ~ '^EP-[0-9A-F]{8}$'),
    build text NOT NULL UNIQUE REFERENCES build,
    product text NOT NULL REFERENCES product,
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz
);

CREATE TABLE contribution (
    build text PRIMARY KEY REFERENCES build,
    criteria json NOT NULL DEFAULT '{}',
    recommendation text NOT NULL CHECK (recommendation IN ('contribute', 'contribute with changes', 'keep local', 'your call')),
    chosen boolean,
    chosen_by text,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pull_request (
    build text PRIMARY KEY REFERENCES build,
    host text NOT NULL,
    number integer NOT NULL,
    url text NOT NULL,
    head text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'merged', 'closed')),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE audit (
    id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    person text NOT NULL,
    uid bigint NOT NULL,
    role text NOT NULL,
    ssh text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    -- json keeps the text as it was written, which is what the hash is of.
    details json NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL
);

-- What only ever grows

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'SU002', MESSAGE = format('Rows of %s are never changed or removed.', TG_TABLE_NAME);
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON run_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transition FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The life of a promotion

CREATE TABLE allowed_transition (
    old text NOT NULL,
    new text NOT NULL,
    needs_health_pass boolean NOT NULL DEFAULT false,
    PRIMARY KEY (old, new)
);

INSERT INTO allowed_transition (old, new, needs_health_pass) VALUES
    ('pending', 'approved', false),
    ('pending', 'rejected', false),
    ('pending', 'withdrawn', false),
    ('approved', 'pending', false),
    ('approved', 'withdrawn', false),
    ('approved', 'executing', false),
    ('executing', 'approved', false),
    ('executing', 'deployed', true),
    ('executing', 'rolled_back', false),
    ('executing', 'needs_attention', false),
    ('deployed', 'superseded', false),
    ('deployed', 'rolled_back', false),
    ('deployed', 'needs_attention', false),
    ('needs_attention', 'rolled_back', false),
    ('needs_attention', 'deployed', true),
    ('superseded', 'deployed', false);

CREATE FUNCTION guard_promotion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    allowed allowed_transition;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' THEN
            RAISE EXCEPTION USING ERRCODE = 'SU001', MESSAGE = format('A promotion begins as pending, not as %s.', NEW.status);
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.revision <> OLD.revision AND NOT (OLD.status = 'pending' AND NEW.status = 'pending') THEN
        RAISE EXCEPTION USING ERRCODE = 'SU001',
            MESSAGE = format('%s is %s: its content can only change while it is pending.', OLD.id, OLD.status);
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    NEW.updated_at := clock_timestamp();
    SELECT * INTO allowed FROM allowed_transition listed WHERE listed.old = OLD.status AND listed.new = NEW.status;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'SU001',
            MESSAGE = format('%s is %s, which cannot become %s.', OLD.id, OLD.status, NEW.status);
    END IF;
    IF allowed.needs_health_pass
        AND NOT EXISTS (SELECT FROM run WHERE promotion = OLD.id AND health_passed_at IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'SU001',
            MESSAGE = format('%s cannot become deployed: no run of it has passed its health check.', OLD.id);
    END IF;
    IF NEW.status = 'executing' THEN
        IF NOT EXISTS (SELECT FROM approval WHERE promotion = OLD.id AND lapsed_at IS NULL AND revision = NEW.revision) THEN
            RAISE EXCEPTION USING ERRCODE = 'SU001',
                MESSAGE = format('%s cannot be executed: nobody''s approval of its content stands.', OLD.id);
        END IF;
        IF NOT EXISTS (SELECT FROM run WHERE promotion = OLD.id AND finished_at IS NULL AND kind = 'deploy') THEN
            RAISE EXCEPTION USING ERRCODE = 'SU001',
                MESSAGE = format('%s cannot be executed: no run of it is open.', OLD.id);
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON promotion FOR EACH ROW EXECUTE FUNCTION guard_promotion();

-- As the owner: shipui's own role may not write a transition by itself.
CREATE FUNCTION note_transition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO transition (promotion, old, new, by, run, reason)
            VALUES (NEW.id, NULL, NEW.status, NEW.status_by, NEW.status_run, NEW.reason);
    ELSIF NEW.status <> OLD.status THEN
        INSERT INTO transition (promotion, old, new, by, run, reason)
            VALUES (NEW.id, OLD.status, NEW.status, NEW.status_by, NEW.status_run, NEW.reason);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER note AFTER INSERT OR UPDATE ON promotion FOR EACH ROW EXECUTE FUNCTION note_transition();

CREATE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.lapsed_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION USING ERRCODE = 'SU001', MESSAGE = 'An approval that lapsed does not change any more.';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard BEFORE UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION guard_approval();

-- Runs

CREATE FUNCTION guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.finished_at IS NOT NULL OR NEW.health_passed_at IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'SU001', MESSAGE = 'A run begins open, and without a health pass.';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.finished_at IS NOT NULL AND NEW::text IS DISTINCT FROM OLD::text THEN
        RAISE EXCEPTION USING ERRCODE = 'SU001', MESSAGE = format('%s has ended; its record does not change any more.', OLD.id);
    END IF;
    IF OLD.health_passed_at IS NOT NULL AND NEW.health_passed_at IS DISTINCT FROM OLD.health_passed_at THEN
        RAISE EXCEPTION USING ERRCODE = 'SU001', MESSAGE = format('The health pass of %s is recorded once.', OLD.id);
    END IF;
    IF NEW.epoch < OLD.epoch THEN
        RAISE EXCEPTION USING ERRCODE = 'SU001', MESSAGE = format('The epoch of %s only rises.', OLD.id);
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON run FOR EACH ROW EXECUTE FUNCTION guard_run();

-- The audit trail: each entry carries the hash of the one before. audit.py computes the same in Python.

CREATE FUNCTION audit_hash(entry audit) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(string_agg(octet_length(convert_to(field, 'UTF8')) || ':' || field, ',' ORDER BY place), 'UTF8')), 'hex')
    FROM unnest(ARRAY[
        entry.previous_hash,
        entry.id::text,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        entry.person,
        entry.uid::text,
        entry.role,
        entry.ssh,
        entry.action,
        entry.subject,
        entry.details::text
    ]) WITH ORDINALITY AS fields (field, place)
$$;

CREATE FUNCTION chain_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    -- One writer at a time; the next statement sees what the one before committed.
    PERFORM pg_advisory_xact_lock(7310575238);
    SELECT id, hash INTO last FROM audit ORDER BY id DESC LIMIT 1;
    NEW.id := coalesce(last.id, 0) + 1;
    NEW.at := clock_timestamp();
    NEW.previous_hash := coalesce(last.hash, '');
    NEW.hash := audit_hash(NEW);
    RETURN NEW;
END $$;

CREATE TRIGGER chain BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION chain_audit();
