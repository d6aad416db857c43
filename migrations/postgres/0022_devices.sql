-- Devices: who may enrol them, who issues their certificates, and which they have. Trust in an
-- authority travels in its account's claims; nothing here is read when a device connects.

-- How a role's devices are dealt with; a role without a row has the defaults.
CREATE TABLE device_policies (
    role_id              TEXT    NOT NULL PRIMARY KEY REFERENCES roles (id),
    account_id           TEXT    NOT NULL REFERENCES accounts (id),
    key_kind             TEXT    NOT NULL CHECK (key_kind IN ('p256', 'ed25519')),
    certificate_seconds  BIGINT  NOT NULL,
    grace_seconds        BIGINT  NOT NULL,
    approval             BOOLEAN NOT NULL,
    server_keys          BOOLEAN NOT NULL,
    updated_at           BIGINT  NOT NULL,
    version              BIGINT  NOT NULL
);

CREATE INDEX device_policies_by_account ON device_policies (account_id);

-- One that signs per role; those that signed before are trusted until drop_at.
CREATE TABLE device_authorities (
    id           TEXT    NOT NULL PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES accounts (id),
    role_id      TEXT    NOT NULL REFERENCES roles (id),
    key_kind     TEXT    NOT NULL,
    certificate  BYTEA   NOT NULL,
    secret       BYTEA   NOT NULL,
    fingerprint  TEXT    NOT NULL UNIQUE,
    state        TEXT    NOT NULL CHECK (state IN ('active', 'retired', 'ended', 'revoked')),
    drop_at      BIGINT,
    not_before   BIGINT  NOT NULL,
    not_after    BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    version      BIGINT  NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX device_authorities_one ON device_authorities (role_id) WHERE state = 'active';
CREATE INDEX device_authorities_by_account ON device_authorities (account_id, id);
CREATE INDEX device_authorities_by_end ON device_authorities (drop_at) WHERE state = 'retired';

CREATE TABLE enrolment_tokens (
    id          TEXT    NOT NULL PRIMARY KEY,
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    role_id     TEXT    NOT NULL REFERENCES roles (id),
    name        TEXT COLLATE "C" NOT NULL,
    pattern     TEXT    NOT NULL,
    last4       TEXT    NOT NULL,
    token_hash  TEXT    NOT NULL UNIQUE,
    uses_max    BIGINT,
    uses        BIGINT  NOT NULL DEFAULT 0,
    approval    BOOLEAN NOT NULL,
    cidrs       TEXT,
    tags        TEXT    NOT NULL,
    expires_at  BIGINT  NOT NULL,
    revoked_at  BIGINT,
    created_at  BIGINT  NOT NULL,
    version     BIGINT  NOT NULL DEFAULT 1
);

CREATE INDEX enrolment_tokens_by_account ON enrolment_tokens (account_id, id);
CREATE INDEX enrolment_tokens_by_name ON enrolment_tokens (account_id, name, id);

-- Authorities of others, whose certificates let a device enrol.
CREATE TABLE enrolment_authorities (
    id           TEXT    NOT NULL PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES accounts (id),
    role_id      TEXT    NOT NULL REFERENCES roles (id),
    name         TEXT COLLATE "C" NOT NULL,
    certificate  BYTEA   NOT NULL,
    fingerprint  TEXT    NOT NULL,
    challenge    TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('unproven', 'active')),
    pattern      TEXT    NOT NULL,
    approval     BOOLEAN NOT NULL,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    version      BIGINT  NOT NULL DEFAULT 1,
    UNIQUE (account_id, fingerprint)
);

CREATE INDEX enrolment_authorities_by_account ON enrolment_authorities (account_id, id);

CREATE TABLE devices (
    id           TEXT    NOT NULL PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES accounts (id),
    role_id      TEXT    NOT NULL REFERENCES roles (id),
    name         TEXT COLLATE "C" NOT NULL,
    description  TEXT    NOT NULL DEFAULT '',
    state        TEXT    NOT NULL
        CHECK (state IN ('pending', 'active', 'disabled', 'revoked', 'rejected')),
    tags         TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    expires_at   BIGINT  NOT NULL DEFAULT 0,
    seen_at      BIGINT  NOT NULL DEFAULT 0,
    seen_from    TEXT,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    version      BIGINT  NOT NULL DEFAULT 1
);

-- What was revoked or turned away leaves its name to others.
CREATE UNIQUE INDEX devices_by_name ON devices (account_id, name)
    WHERE state IN ('pending', 'active', 'disabled');
-- None by seen_at: that changes each minute of every device that is connected.
CREATE INDEX devices_by_account ON devices (account_id, id);
CREATE INDEX devices_by_sorted_name ON devices (account_id, name, id);
CREATE INDEX devices_by_state ON devices (account_id, state, id);
CREATE INDEX devices_by_role ON devices (account_id, role_id, id);
CREATE INDEX devices_by_source ON devices (account_id, source, id);
CREATE INDEX devices_by_expiry ON devices (account_id, expires_at, id);
CREATE INDEX devices_by_state_name ON devices (account_id, state, name, id);
CREATE INDEX devices_by_role_name ON devices (account_id, role_id, name, id);
CREATE INDEX devices_by_source_name ON devices (account_id, source, name, id);
CREATE INDEX devices_by_state_expiry ON devices (account_id, state, expires_at, id);
CREATE INDEX devices_by_role_expiry ON devices (account_id, role_id, expires_at, id);
CREATE INDEX devices_by_source_expiry ON devices (account_id, source, expires_at, id);

-- A key belongs to one device for ever.
CREATE TABLE device_keys (
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    user_key    TEXT    NOT NULL,
    device_id   TEXT    NOT NULL REFERENCES devices (id),
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, user_key)
);

CREATE INDEX device_keys_by_device ON device_keys (device_id);

CREATE TABLE device_certificates (
    id            TEXT    NOT NULL PRIMARY KEY,
    account_id    TEXT    NOT NULL REFERENCES accounts (id),
    device_id     TEXT    NOT NULL REFERENCES devices (id),
    authority_id  TEXT    NOT NULL REFERENCES device_authorities (id),
    serial        TEXT    NOT NULL,
    user_key      TEXT    NOT NULL,
    kind          TEXT    NOT NULL CHECK (kind IN ('enrolled', 'renewed')),
    certificate   BYTEA   NOT NULL,
    not_before    BIGINT  NOT NULL,
    not_after     BIGINT  NOT NULL,
    revoked_at    BIGINT,
    created_at    BIGINT  NOT NULL,
    UNIQUE (authority_id, serial)
);

CREATE INDEX device_certificates_by_device ON device_certificates (device_id, id);
CREATE INDEX device_certificates_by_key ON device_certificates (account_id, user_key, not_after);
CREATE INDEX device_certificates_revoked ON device_certificates (authority_id, revoked_at)
    WHERE revoked_at IS NOT NULL;

-- Who came with which key: it may ask again when an answer got lost, or while it waits.
CREATE TABLE enrolments (
    source      TEXT    NOT NULL,
    origin      TEXT    NOT NULL,
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    device_id   TEXT    NOT NULL REFERENCES devices (id),
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (source, origin)
);

CREATE INDEX enrolments_by_account ON enrolments (account_id);
CREATE INDEX enrolments_by_device ON enrolments (device_id);

-- Whom a nats-server has let in as a device: it knows the connection by a key made for it alone.
CREATE TABLE device_admissions (
    one_time_key  TEXT    NOT NULL PRIMARY KEY,
    account_id    TEXT    NOT NULL REFERENCES accounts (id),
    device_id     TEXT    NOT NULL REFERENCES devices (id),
    user_key      TEXT    NOT NULL,
    admitted_at   BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL
);

CREATE INDEX device_admissions_by_account ON device_admissions (account_id);
CREATE INDEX device_admissions_by_device ON device_admissions (device_id, admitted_at);

-- The second wall (see 0008, 0017 and 0018).
DO $$
DECLARE
    walled TEXT;
BEGIN
    FOREACH walled IN ARRAY ARRAY['device_policies', 'device_authorities', 'enrolment_tokens',
        'enrolment_authorities', 'devices', 'device_keys', 'device_certificates', 'enrolments',
        'device_admissions']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
            walled);
        EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_is_platform() OR %s)',
            walled, tenant_condition(walled || '.account_id'));
    END LOOP;
END;
$$;
