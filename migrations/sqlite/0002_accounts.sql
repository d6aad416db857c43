-- Accounts, their users and what was revoked.

CREATE TABLE accounts (
    id             TEXT   NOT NULL PRIMARY KEY,
    org_id         TEXT   NOT NULL REFERENCES orgs (id),
    slug           TEXT   NOT NULL UNIQUE,
    name           TEXT   NOT NULL,
    kind           TEXT   NOT NULL CHECK (kind IN ('tenant', 'system')),
    state          TEXT   NOT NULL CHECK (state IN ('active', 'deleted')),
    public_key     TEXT   NOT NULL UNIQUE,
    identity_seed  BLOB   NOT NULL,
    signing_key    TEXT   NOT NULL,
    signing_seed   BLOB   NOT NULL,
    limits         TEXT   NOT NULL,
    generation     BIGINT NOT NULL,
    jwt            TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    deleted_at     BIGINT
);

CREATE INDEX accounts_by_org ON accounts (org_id, id);

-- What each engine should hold of an account and what all its servers have answered for.
CREATE TABLE engine_accounts (
    engine_id           TEXT   NOT NULL REFERENCES engines (id),
    account_id          TEXT   NOT NULL REFERENCES accounts (id),
    wanted_generation   BIGINT NOT NULL,
    applied_generation  BIGINT NOT NULL,
    failures            BIGINT NOT NULL,
    retry_at            BIGINT NOT NULL,
    last_error          TEXT,
    updated_at          BIGINT NOT NULL,
    PRIMARY KEY (engine_id, account_id)
);

CREATE INDEX engine_accounts_behind ON engine_accounts (engine_id, retry_at)
    WHERE wanted_generation > applied_generation;

CREATE TABLE users (
    id           TEXT    NOT NULL PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES accounts (id),
    name         TEXT    NOT NULL,
    public_key   TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('active', 'deleted')),
    bearer       BOOLEAN NOT NULL,
    permissions  TEXT    NOT NULL,
    limits       TEXT    NOT NULL,
    issuer_key   TEXT    NOT NULL,
    jwt_id       TEXT    NOT NULL,
    issued_at    BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    deleted_at   BIGINT
);

CREATE INDEX users_by_account ON users (account_id, id);
CREATE UNIQUE INDEX users_name ON users (account_id, name) WHERE state = 'active';
CREATE UNIQUE INDEX users_public_key ON users (account_id, public_key) WHERE state = 'active';

-- An entry may go once drop_after has passed: no credential that it covers is valid any more.
CREATE TABLE revocations (
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    user_key    TEXT   NOT NULL,
    revoked_at  BIGINT NOT NULL,
    drop_after  BIGINT NOT NULL,
    PRIMARY KEY (account_id, user_key)
);
