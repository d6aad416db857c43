-- Plans, what accounts say besides limits, roles, and every credential that was issued.

CREATE TABLE plans (
    id           TEXT   NOT NULL PRIMARY KEY,
    slug         TEXT   NOT NULL UNIQUE,
    name         TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    limits       TEXT   NOT NULL,
    is_default   BOOLEAN NOT NULL,
    revision     BIGINT NOT NULL,
    version      BIGINT NOT NULL DEFAULT 1,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);

-- plan_limits: what differs from the plan. plan_revision: which state of the plan was applied.
ALTER TABLE accounts ADD COLUMN plan_id TEXT REFERENCES plans (id);
ALTER TABLE accounts ADD COLUMN plan_limits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE accounts ADD COLUMN plan_revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN plan_error TEXT;
-- Description, tags, default permissions, mappings.
ALTER TABLE accounts ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE accounts ADD COLUMN suspended_at BIGINT;
ALTER TABLE accounts ADD COLUMN suspend_reason TEXT;
ALTER TABLE accounts ADD COLUMN purge_at BIGINT;

CREATE INDEX accounts_by_plan ON accounts (plan_id, plan_revision) WHERE plan_id IS NOT NULL;
CREATE INDEX accounts_to_purge ON accounts (purge_at) WHERE purge_at IS NOT NULL;

-- A scoped signing key and its template. A disabled one signs nobody.
CREATE TABLE roles (
    id            TEXT    NOT NULL PRIMARY KEY,
    account_id    TEXT    NOT NULL REFERENCES accounts (id),
    name          TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    template      TEXT    NOT NULL,
    signing_key   TEXT    NOT NULL UNIQUE,
    signing_seed  BLOB    NOT NULL,
    disabled      BOOLEAN NOT NULL,
    version       BIGINT  NOT NULL DEFAULT 1,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    deleted_at    BIGINT
);

CREATE UNIQUE INDEX roles_name ON roles (account_id, name) WHERE deleted_at IS NULL;
CREATE INDEX roles_by_account ON roles (account_id, id);

-- Signing keys that were rotated out: of a role, or of the account itself. Trusted until drop_at.
CREATE TABLE retired_keys (
    public_key  TEXT   NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    role_id     TEXT   REFERENCES roles (id),
    retired_at  BIGINT NOT NULL,
    drop_at     BIGINT NOT NULL
);

CREATE INDEX retired_keys_by_account ON retired_keys (account_id);
CREATE INDEX retired_keys_due ON retired_keys (drop_at);

ALTER TABLE users ADD COLUMN role_id TEXT REFERENCES roles (id);
ALTER TABLE users ADD COLUMN conditions TEXT NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';

CREATE INDEX users_by_role ON users (role_id, id) WHERE role_id IS NOT NULL;

-- Every user JWT that was given out. expires_at 0: never.
CREATE TABLE issuances (
    id          TEXT    NOT NULL PRIMARY KEY,
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    user_id     TEXT    NOT NULL REFERENCES users (id),
    user_key    TEXT    NOT NULL,
    issuer_key  TEXT    NOT NULL,
    jwt_id      TEXT    NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('created', 'updated', 'rotated', 'short_lived')),
    actor       TEXT    NOT NULL,
    issued_at   BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL
);

CREATE INDEX issuances_by_user ON issuances (user_id, id);
CREATE INDEX issuances_by_key ON issuances (account_id, user_key);

INSERT INTO issuances (id, account_id, user_id, user_key, issuer_key, jwt_id, kind, actor,
                       issued_at, expires_at, created_at)
SELECT 'iss' || SUBSTR(id, 4), account_id, id, public_key, issuer_key, jwt_id, 'created', '',
       issued_at, expires_at, created_at
FROM users;

-- Keys that are kept out for a while only: revoked in the claims until then.
CREATE TABLE blocks (
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    user_key    TEXT   NOT NULL,
    blocked_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    PRIMARY KEY (account_id, user_key)
);

CREATE INDEX blocks_due ON blocks (ends_at);
