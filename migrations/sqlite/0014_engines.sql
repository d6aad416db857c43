-- Engines of two kinds: the broker inside one process of ours, and a cluster that runs elsewhere.
-- SQLite cannot change a CHECK: both tables are made anew, the one that refers to the other too.

CREATE TABLE engines_new (
    id            TEXT   NOT NULL PRIMARY KEY,
    name          TEXT   NOT NULL UNIQUE,
    kind          TEXT   NOT NULL CHECK (kind IN ('embedded', 'cluster')),
    lease_holder  TEXT,
    lease_until   BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    -- The process whose broker an embedded engine is.
    instance      TEXT   UNIQUE,
    -- Where a cluster is reached (URLs, a comma between two), what its certificates are checked
    -- against (PEM), and a credential of its system account, sealed, where we do not hold that key.
    urls          TEXT,
    ca            TEXT,
    creds         BLOB,
    version       BIGINT NOT NULL DEFAULT 1
);

INSERT INTO engines_new (id, name, kind, lease_holder, lease_until, created_at)
    SELECT id, name, kind, lease_holder, lease_until, created_at FROM engines;

CREATE TABLE engine_accounts_new (
    engine_id           TEXT   NOT NULL REFERENCES engines_new (id),
    account_id          TEXT   NOT NULL REFERENCES accounts (id),
    wanted_generation   BIGINT NOT NULL,
    applied_generation  BIGINT NOT NULL,
    failures            BIGINT NOT NULL,
    retry_at            BIGINT NOT NULL,
    last_error          TEXT,
    updated_at          BIGINT NOT NULL,
    PRIMARY KEY (engine_id, account_id)
);

INSERT INTO engine_accounts_new SELECT * FROM engine_accounts;
DROP TABLE engine_accounts;
DROP TABLE engines;
ALTER TABLE engines_new RENAME TO engines;
ALTER TABLE engine_accounts_new RENAME TO engine_accounts;

CREATE INDEX engine_accounts_behind ON engine_accounts (engine_id, retry_at)
    WHERE wanted_generation > applied_generation;
CREATE INDEX engine_accounts_by_account ON engine_accounts (account_id);
