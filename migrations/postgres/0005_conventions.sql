-- What every endpoint promises: versions for conditional requests, and POSTs that run once.

-- Counts the changes of a row by callers. What engines do to it does not count.
ALTER TABLE orgs ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE exports ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE imports ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE api_keys ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Whether the change was only looked at.
ALTER TABLE audit ADD COLUMN dry_run BOOLEAN NOT NULL DEFAULT FALSE;

-- A POST that carries an Idempotency-Key. The id is a keyed hash of caller and key; both boxes open
-- only with the vault key, the caller's secret and the Idempotency-Key together. 'answer' goes when
-- 'answer_until' has passed, since it may hold a secret; 'remains' is the answer without it.
CREATE TABLE idempotency (
    id            TEXT   NOT NULL PRIMARY KEY,
    fingerprint   TEXT   NOT NULL,
    attempt       TEXT   NOT NULL,
    state         TEXT   NOT NULL CHECK (state IN ('running', 'done')),
    started_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    answer        BYTEA,
    answer_until  BIGINT NOT NULL DEFAULT 0,
    remains       BYTEA
);

CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

-- Names in the order of their bytes, whatever the language of the database: a search for a
-- beginning is a range.
ALTER TABLE accounts ALTER COLUMN name TYPE TEXT COLLATE "C",
    ALTER COLUMN slug TYPE TEXT COLLATE "C";
ALTER TABLE api_keys ALTER COLUMN name TYPE TEXT COLLATE "C";
ALTER TABLE exports ALTER COLUMN name TYPE TEXT COLLATE "C",
    ALTER COLUMN subject TYPE TEXT COLLATE "C";
ALTER TABLE imports ALTER COLUMN name TYPE TEXT COLLATE "C",
    ALTER COLUMN local_subject TYPE TEXT COLLATE "C";
ALTER TABLE orgs ALTER COLUMN name TYPE TEXT COLLATE "C",
    ALTER COLUMN slug TYPE TEXT COLLATE "C";
ALTER TABLE users ALTER COLUMN name TYPE TEXT COLLATE "C";

-- What lists are sorted, filtered and searched by.
CREATE INDEX accounts_by_name ON accounts (name, id);
CREATE INDEX accounts_by_org_slug ON accounts (org_id, slug, id);
CREATE INDEX api_keys_by_account ON api_keys (account_id, id);
CREATE INDEX api_keys_by_name ON api_keys (name, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_target ON audit (target, id);
CREATE INDEX orgs_by_name ON orgs (name, id);
CREATE INDEX users_by_expiry ON users (account_id, expires_at, id) WHERE state = 'active';
CREATE INDEX users_bearer ON users (account_id, id) WHERE state = 'active' AND bearer = TRUE;
