-- Work that goes on after its request was answered. The queue is the table: a process leases what
-- is due, and each of its transactions renews the lease, says how far it came and does that much,
-- so that whoever takes over goes on behind it.

-- account_id: the account that it is about, absent for the platform's. kept_until: until when what
-- it made that is secret can be taken out; ready: how much of it there is.
CREATE TABLE operations (
    id             TEXT    NOT NULL PRIMARY KEY,
    kind           TEXT    NOT NULL CHECK (kind IN ('create_users', 'purge_account', 'backup')),
    state          TEXT    NOT NULL
        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    org_id         TEXT,
    account_id     TEXT    REFERENCES accounts (id),
    target         TEXT    NOT NULL,
    -- Who asked, with what: looked at again whenever it goes on.
    actor          TEXT    NOT NULL,
    credential_id  TEXT    NOT NULL,
    membership_id  TEXT,
    request_id     TEXT    NOT NULL,
    trace_id       TEXT,
    client_ip      TEXT,
    done           BIGINT  NOT NULL DEFAULT 0,
    total          BIGINT,
    result         TEXT,
    problem        TEXT,
    ready          BIGINT  NOT NULL DEFAULT 0,
    kept_until     BIGINT,
    is_cancelled   BOOLEAN NOT NULL DEFAULT FALSE,
    created_at     BIGINT  NOT NULL,
    started_at     BIGINT,
    finished_at    BIGINT,
    -- Absent once it has ended.
    next_at        BIGINT,
    attempts       BIGINT  NOT NULL DEFAULT 0,
    lease_holder   TEXT,
    lease_until    BIGINT  NOT NULL DEFAULT 0,
    version        BIGINT  NOT NULL DEFAULT 1
);

CREATE INDEX operations_by_kind ON operations (kind, id);
CREATE INDEX operations_by_state ON operations (state, id);
CREATE INDEX operations_by_actor ON operations (actor, id);
CREATE INDEX operations_by_org ON operations (org_id, id);
CREATE INDEX operations_by_org_kind ON operations (org_id, kind, id);
CREATE INDEX operations_by_org_state ON operations (org_id, state, id);
CREATE INDEX operations_by_org_actor ON operations (org_id, actor, id);
CREATE INDEX operations_by_account ON operations (account_id, id);
CREATE INDEX operations_by_account_kind ON operations (account_id, kind, id);
CREATE INDEX operations_by_account_state ON operations (account_id, state, id);
CREATE INDEX operations_by_account_actor ON operations (account_id, actor, id);
CREATE INDEX operations_due ON operations (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX operations_by_end ON operations (finished_at) WHERE finished_at IS NOT NULL;

-- What one still has to do, and what it made that is shown once; sealed.
CREATE TABLE operation_parts (
    id            TEXT   NOT NULL PRIMARY KEY,
    operation_id  TEXT   NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    part          TEXT   NOT NULL CHECK (part IN ('input', 'output')),
    items         BIGINT NOT NULL,
    content       BLOB   NOT NULL
);

CREATE INDEX operation_parts_in_order ON operation_parts (operation_id, part, id);
