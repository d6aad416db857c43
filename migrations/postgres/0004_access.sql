-- Who may call the API, and what was done.

-- The secret is shown once; kept are a keyed hash, the prefix and the last characters.
CREATE TABLE api_keys (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('platform_admin', 'org_admin', 'account_admin')),
    org_id        TEXT    REFERENCES orgs (id),
    account_id    TEXT    REFERENCES accounts (id),
    prefix        TEXT    NOT NULL,
    last4         TEXT    NOT NULL,
    key_hash      TEXT    NOT NULL UNIQUE,
    bootstrap     BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    last_used_at  BIGINT,
    revoked_at    BIGINT,
    CHECK ((role = 'platform_admin' AND org_id IS NULL AND account_id IS NULL)
        OR (role = 'org_admin' AND org_id IS NOT NULL AND account_id IS NULL)
        OR (role = 'account_admin' AND org_id IS NOT NULL AND account_id IS NOT NULL))
);

CREATE INDEX api_keys_by_org ON api_keys (org_id, id);

CREATE TABLE audit (
    id          TEXT   NOT NULL PRIMARY KEY,
    at          BIGINT NOT NULL,
    org_id      TEXT,
    account_id  TEXT,
    actor       TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    before      TEXT,
    after       TEXT,
    request_id  TEXT,
    client_ip   TEXT
);

CREATE INDEX audit_by_account ON audit (account_id, id);
CREATE INDEX audit_by_org ON audit (org_id, id);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are append-only';
END;
$$;

CREATE TRIGGER audit_keeps_rows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
