-- Who may call the API: roles, people and how they sign in, service accounts, and what a key may
-- do.

-- Named sets of rights beside the built-in roles: of one organisation, or for the whole platform.
CREATE TABLE access_roles (
    id          TEXT   NOT NULL PRIMARY KEY,
    org_id      TEXT   REFERENCES orgs (id),
    name        TEXT   NOT NULL,
    rights      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX access_roles_name ON access_roles (COALESCE(org_id, ''), name);

-- A role is a built-in's name or an id of access_roles. Where org_id and account_id are absent it
-- reaches everything.
CREATE TABLE service_accounts (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    org_id       TEXT   REFERENCES orgs (id),
    account_id   TEXT   REFERENCES accounts (id),
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    disabled_at  BIGINT,
    version      BIGINT NOT NULL DEFAULT 1,
    CHECK (account_id IS NULL OR org_id IS NOT NULL)
);

CREATE INDEX service_accounts_by_org ON service_accounts (org_id, id);
CREATE INDEX service_accounts_by_account ON service_accounts (account_id, id);
CREATE INDEX service_accounts_by_name ON service_accounts (name, id);

-- Who vouches for people who do not sign in with a password of ours.
CREATE TABLE identity_providers (
    id             TEXT    NOT NULL PRIMARY KEY,
    org_id         TEXT    REFERENCES orgs (id),
    name           TEXT    NOT NULL,
    issuer         TEXT    NOT NULL,
    client_id      TEXT    NOT NULL,
    client_secret  BLOB,
    scopes         TEXT    NOT NULL,
    groups_claim   TEXT    NOT NULL,
    mappings       TEXT    NOT NULL,
    allow_private  BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    disabled_at    BIGINT,
    version        BIGINT  NOT NULL DEFAULT 1
);

CREATE INDEX identity_providers_by_org ON identity_providers (org_id, id);
CREATE INDEX identity_providers_by_name ON identity_providers (name, id);

-- People. Without a provider they sign in with email and password; with one they are what it calls
-- `subject`, and the email is no more than a word for people.
CREATE TABLE members (
    id               TEXT   NOT NULL PRIMARY KEY,
    provider_id      TEXT   REFERENCES identity_providers (id),
    subject          TEXT,
    email            TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    password_hash    TEXT,
    totp_seed        BLOB,
    totp_confirmed   BOOLEAN NOT NULL,
    totp_last_step   BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    last_sign_in_at  BIGINT,
    disabled_at      BIGINT,
    version          BIGINT NOT NULL DEFAULT 1,
    CHECK ((provider_id IS NULL AND subject IS NULL)
        OR (provider_id IS NOT NULL AND subject IS NOT NULL AND password_hash IS NULL))
);

CREATE UNIQUE INDEX members_email ON members (email) WHERE provider_id IS NULL;
CREATE UNIQUE INDEX members_subject ON members (provider_id, subject)
    WHERE provider_id IS NOT NULL;
CREATE INDEX members_by_email ON members (email, id);
CREATE INDEX members_by_name ON members (name, id);

-- What a person may do, and where. A call acts under one membership at a time.
CREATE TABLE memberships (
    id             TEXT    NOT NULL PRIMARY KEY,
    member_id      TEXT    NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    role           TEXT    NOT NULL,
    org_id         TEXT    REFERENCES orgs (id),
    account_id     TEXT    REFERENCES accounts (id),
    from_provider  BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    version        BIGINT  NOT NULL DEFAULT 1,
    CHECK (account_id IS NULL OR org_id IS NOT NULL)
);

CREATE UNIQUE INDEX memberships_place
    ON memberships (member_id, COALESCE(org_id, ''), COALESCE(account_id, ''));
CREATE INDEX memberships_by_org ON memberships (org_id, id);

-- Links that were handed out, each good once: an invitation, or a password reset of `member_id`.
CREATE TABLE sign_in_links (
    id          TEXT   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL CHECK (kind IN ('invitation', 'reset')),
    token_hash  TEXT   NOT NULL UNIQUE,
    member_id   TEXT   REFERENCES members (id) ON DELETE CASCADE,
    email       TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    org_id      TEXT   REFERENCES orgs (id),
    account_id  TEXT   REFERENCES accounts (id),
    created_by  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ended_at    BIGINT
);

CREATE INDEX sign_in_links_by_org ON sign_in_links (org_id, id);
CREATE INDEX sign_in_links_by_account ON sign_in_links (account_id, id);
CREATE INDEX sign_in_links_by_email ON sign_in_links (email, id);

-- Signed-in browsers. The cookie itself is not here, only its keyed hash.
CREATE TABLE sessions (
    id             TEXT    NOT NULL PRIMARY KEY,
    member_id      TEXT    NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    membership_id  TEXT    REFERENCES memberships (id) ON DELETE SET NULL,
    token_hash     TEXT    NOT NULL UNIQUE,
    second_factor  BOOLEAN NOT NULL,
    client_ip      TEXT,
    user_agent     TEXT,
    created_at     BIGINT  NOT NULL,
    last_seen_at   BIGINT  NOT NULL,
    expires_at     BIGINT  NOT NULL,
    revoked_at     BIGINT
);

CREATE INDEX sessions_by_member ON sessions (member_id, id);

-- A sign-in that a provider has to answer: bound to the browser that began it, good once.
CREATE TABLE provider_sign_ins (
    state_hash    TEXT   NOT NULL PRIMARY KEY,
    provider_id   TEXT   NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
    browser_hash  TEXT   NOT NULL,
    nonce         TEXT   NOT NULL,
    verifier      TEXT   NOT NULL,
    return_to     TEXT   NOT NULL,
    expires_at    BIGINT NOT NULL
);

-- Failed sign-ins by address, by person and by both; a bucket empties with time.
CREATE TABLE sign_in_failures (
    bucket    TEXT   NOT NULL PRIMARY KEY,
    failures  BIGINT NOT NULL,
    since     BIGINT NOT NULL
);

-- A key is a person's under one membership, a service account's, or stands for itself. SQLite has
-- no way to drop a check, so the table is made anew.
CREATE TABLE api_keys_new (
    id                  TEXT    NOT NULL PRIMARY KEY,
    name                TEXT    NOT NULL,
    role                TEXT    NOT NULL,
    org_id              TEXT    REFERENCES orgs (id),
    account_id          TEXT    REFERENCES accounts (id),
    prefix              TEXT    NOT NULL,
    last4               TEXT    NOT NULL,
    key_hash            TEXT    NOT NULL UNIQUE,
    bootstrap           BOOLEAN NOT NULL,
    created_at          BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    last_used_at        BIGINT,
    revoked_at          BIGINT,
    rights              TEXT,
    cidrs               TEXT,
    service_account_id  TEXT    REFERENCES service_accounts (id),
    membership_id       TEXT    REFERENCES memberships (id) ON DELETE CASCADE,
    version             BIGINT  NOT NULL DEFAULT 1,
    CHECK (account_id IS NULL OR org_id IS NOT NULL)
);

INSERT INTO api_keys_new
SELECT id, name, role, org_id, account_id, prefix, last4, key_hash, bootstrap, created_at,
       expires_at, last_used_at, revoked_at, NULL, NULL, NULL, NULL, version
FROM api_keys;
DROP TABLE api_keys;
ALTER TABLE api_keys_new RENAME TO api_keys;
CREATE INDEX api_keys_by_org ON api_keys (org_id, id);
CREATE INDEX api_keys_by_account ON api_keys (account_id, id);
CREATE INDEX api_keys_by_name ON api_keys (name, id);
