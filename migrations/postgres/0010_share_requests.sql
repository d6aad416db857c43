-- Sharing by request: what an export says in full, links to ask through, requests that the exporter
-- decides, and the permissions that were given.

-- Description, tags, response threshold, latency samples and the like.
ALTER TABLE exports ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
-- Whether every account sees that it exists.
ALTER TABLE exports ADD COLUMN advertised BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE imports ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

-- A link's token is shown once; kept is a keyed hash. max_uses 0: any number.
CREATE TABLE share_links (
    id          TEXT    NOT NULL PRIMARY KEY,
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    export_id   TEXT    NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    token_hash  TEXT    NOT NULL UNIQUE,
    last4       TEXT    NOT NULL,
    approve     BOOLEAN NOT NULL,
    max_uses    BIGINT  NOT NULL,
    uses        BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL
);

CREATE INDEX share_links_by_export ON share_links (export_id, id);

CREATE TABLE import_requests (
    id             TEXT    NOT NULL PRIMARY KEY,
    importer_id    TEXT    NOT NULL REFERENCES accounts (id),
    exporter_id    TEXT    NOT NULL REFERENCES accounts (id),
    export_id      TEXT    NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    name           TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    local_subject  TEXT    NOT NULL,
    message        TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'withdrawn')),
    reason         TEXT    NOT NULL,
    import_id      TEXT,
    created_at     BIGINT  NOT NULL,
    decided_at     BIGINT,
    version        BIGINT  NOT NULL DEFAULT 1
);

CREATE INDEX import_requests_by_importer ON import_requests (importer_id, id);
CREATE INDEX import_requests_by_exporter ON import_requests (exporter_id, id);
CREATE UNIQUE INDEX import_requests_pending ON import_requests (importer_id, export_id, subject)
    WHERE state = 'pending';

-- Activation tokens. Servers know one moment per importer of an export up to which its tokens are
-- revoked. expires_at 0: never.
CREATE TABLE activations (
    id            TEXT   NOT NULL PRIMARY KEY,
    account_id    TEXT   NOT NULL REFERENCES accounts (id),
    export_id     TEXT   NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    importer_key  TEXT   NOT NULL,
    issued_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    revoked_at    BIGINT,
    created_at    BIGINT NOT NULL
);

CREATE INDEX activations_by_export ON activations (export_id, id);
