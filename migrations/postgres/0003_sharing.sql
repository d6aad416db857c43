-- What accounts offer each other and what they take.

CREATE TABLE exports (
    id             TEXT   NOT NULL PRIMARY KEY,
    account_id     TEXT   NOT NULL REFERENCES accounts (id),
    name           TEXT   NOT NULL,
    kind           TEXT   NOT NULL CHECK (kind IN ('stream', 'service')),
    subject        TEXT   NOT NULL,
    visibility     TEXT   NOT NULL CHECK (visibility IN ('public', 'private')),
    response_type  TEXT   CHECK (response_type IN ('singleton', 'stream', 'chunked')),
    created_at     BIGINT NOT NULL,
    UNIQUE (account_id, kind, subject)
);

-- The accounts that may import a private export, by id, nkey or slug as the exporter wrote it: a
-- grant must not tell whether such an account exists.
CREATE TABLE export_grants (
    export_id    TEXT   NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    account_ref  TEXT   NOT NULL,
    PRIMARY KEY (export_id, account_ref)
);

CREATE TABLE imports (
    id             TEXT    NOT NULL PRIMARY KEY,
    account_id     TEXT    NOT NULL REFERENCES accounts (id),
    exporter_id    TEXT    NOT NULL REFERENCES accounts (id),
    name           TEXT    NOT NULL,
    kind           TEXT    NOT NULL CHECK (kind IN ('stream', 'service')),
    subject        TEXT    NOT NULL,
    local_subject  TEXT    NOT NULL,
    token          TEXT,
    created_at     BIGINT  NOT NULL,
    UNIQUE (account_id, exporter_id, kind, subject)
);

CREATE INDEX imports_by_exporter ON imports (exporter_id, id);
