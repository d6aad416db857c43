-- The installation itself: its vault, its operator, its organisations and the engines it drives.
-- Times are Unix seconds. Sealed columns hold AEAD boxes that only the vault key opens.

CREATE TABLE vault (
    id          TEXT   NOT NULL PRIMARY KEY,
    key_id      TEXT   NOT NULL,
    canary      BLOB   NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE operators (
    id            TEXT   NOT NULL PRIMARY KEY,
    name          TEXT   NOT NULL,
    public_key    TEXT   NOT NULL UNIQUE,
    jwt           TEXT   NOT NULL,
    signing_key   TEXT   NOT NULL,
    signing_seed  BLOB   NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

CREATE TABLE orgs (
    id          TEXT   NOT NULL PRIMARY KEY,
    slug        TEXT   NOT NULL UNIQUE,
    name        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL
);

-- One embedded broker or one cluster. The lease names the one process that pushes to it.
CREATE TABLE engines (
    id            TEXT   NOT NULL PRIMARY KEY,
    name          TEXT   NOT NULL UNIQUE,
    kind          TEXT   NOT NULL CHECK (kind IN ('embedded')),
    lease_holder  TEXT,
    lease_until   BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL
);
