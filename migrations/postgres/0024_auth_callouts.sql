-- Auth callouts: an account leaves it to a service of its own who is let in.

CREATE TABLE auth_callouts (
    account_id        TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    auth_users        TEXT   NOT NULL,
    allowed_accounts  TEXT   NOT NULL,
    xkey              TEXT,
    signing_keys      TEXT   NOT NULL,
    updated_at        BIGINT NOT NULL,
    version           BIGINT NOT NULL
);

-- The second wall (see 0022).
DO $$
BEGIN
    ALTER TABLE auth_callouts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY own_tenant ON auth_callouts USING (tenant_is_platform() OR %s)',
        tenant_condition('auth_callouts.account_id'));
END;
$$;
