-- What whoever runs the installation set; one JSON document.
CREATE TABLE settings (
    id          TEXT   NOT NULL PRIMARY KEY,
    document    TEXT   NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- The key of token hashes, sealed, where it is not derived from the vault's own: tokens outlive a
-- vault key.
ALTER TABLE vault ADD COLUMN token_key BYTEA;

-- The second wall between tenants: each transaction says for whom it is, and sees only their rows,
-- whatever the statement forgets. Transactions run as a role that owns nothing, since an owner
-- that is a superuser sees every row. Where the migrating user may not make roles, FORCE still
-- binds an owner that is none.
--
-- On the wall are the tables that no request reads across tenants: who may call and with what,
-- and the users of accounts. Sharing looks at two tenants at once and is not.
DO $$
BEGIN
    FOR attempt IN 1..10 LOOP
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tidegate_service') THEN
                CREATE ROLE tidegate_service NOLOGIN;
            END IF;
            IF NOT pg_has_role(CURRENT_USER, 'tidegate_service', 'MEMBER') THEN
                EXECUTE format('GRANT tidegate_service TO %I', CURRENT_USER);
            END IF;
            EXIT;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'no right to make the role tidegate_service: the owner is bound';
                EXIT;
            -- Another database of this server is being migrated just now.
            WHEN duplicate_object OR unique_violation OR internal_error THEN
                PERFORM pg_sleep(0.05);
        END;
    END LOOP;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tidegate_service') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO tidegate_service', current_schema());
        EXECUTE format(
            'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO tidegate_service',
            current_schema());
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO tidegate_service',
            current_schema());
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, '
            'DELETE ON TABLES TO tidegate_service', current_schema());
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE ON SEQUENCES '
            'TO tidegate_service', current_schema());
    END IF;
END;
$$;

-- Whether a row of this organisation and account is the transaction's to see.
CREATE FUNCTION tenant_sees(row_org TEXT, row_account TEXT) RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(current_setting('tidegate.reach', true) = 'platform', false)
        OR COALESCE(row_org = NULLIF(current_setting('tidegate.org', true), '')
            AND (current_setting('tidegate.account', true) = ''
                OR row_account = current_setting('tidegate.account', true)), false)
$$;

-- An account's organisation, past the wall of nobody: accounts are not on it.
CREATE FUNCTION tenant_sees_account(row_account TEXT) RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(current_setting('tidegate.reach', true) = 'platform', false)
        OR EXISTS (SELECT 1 FROM accounts a
            WHERE a.id = row_account AND tenant_sees(a.org_id, a.id))
$$;

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON api_keys USING (tenant_sees(org_id, account_id));

ALTER TABLE service_accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON service_accounts USING (tenant_sees(org_id, account_id));

ALTER TABLE sign_in_links ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sign_in_links USING (tenant_sees(org_id, account_id));

ALTER TABLE identity_providers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON identity_providers
    USING (tenant_sees(org_id, current_setting('tidegate.account', true)));

ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON users USING (tenant_sees_account(account_id));

-- The platform's roles are for all; only the platform changes them.
ALTER TABLE access_roles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON access_roles
    USING (tenant_sees(org_id, current_setting('tidegate.account', true)));
CREATE POLICY for_all ON access_roles FOR SELECT
    USING (org_id IS NULL AND COALESCE(current_setting('tidegate.org', true), '') <> '');
