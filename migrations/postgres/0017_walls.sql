-- The second wall around everything else that belongs to tenants (see 0008). Minting an account's
-- claims, and changes of sharing, look at several tenants: those lift it for their transaction.

CREATE FUNCTION tenant_is_platform() RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(current_setting('tidegate.reach', true) = 'platform', false)
$$;

-- Some tenant, whichever: for what all of them may look at.
CREATE FUNCTION tenant_is_known() RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
    SELECT tenant_is_platform() OR COALESCE(current_setting('tidegate.org', true), '') <> ''
$$;

DO $$
DECLARE
    walled TEXT;
BEGIN
    FOREACH walled IN ARRAY ARRAY['accounts', 'activations', 'audit', 'blocks', 'engines',
        'export_grants', 'exports', 'import_requests', 'imports', 'issuances',
        'operator_rotations', 'plans', 'retired_keys', 'revocations', 'roles', 'share_links',
        'usage', 'usage_cursors', 'usage_samples', 'vault', 'vault_keys']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
            walled);
    END LOOP;
    FOREACH walled IN ARRAY ARRAY['activations', 'blocks', 'exports', 'imports', 'issuances',
        'retired_keys', 'revocations', 'roles', 'share_links', 'usage']
    LOOP
        EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_sees_account(account_id))',
            walled);
    END LOOP;
    -- What only the platform, and what runs for it, reads and writes; and what it alone writes.
    FOREACH walled IN ARRAY ARRAY['engines', 'operator_rotations', 'plans', 'usage_cursors',
        'usage_samples', 'vault', 'vault_keys']
    LOOP
        EXECUTE format('CREATE POLICY platform ON %I USING (tenant_is_platform())', walled);
    END LOOP;
    -- Sharing shows tenants to each other: who there is, and what may be asked for. The statements
    -- decide; without a tenant there is nothing to see.
    FOREACH walled IN ARRAY ARRAY['accounts', 'engines', 'export_grants', 'exports', 'plans']
    LOOP
        EXECUTE format('CREATE POLICY known ON %I FOR SELECT USING (tenant_is_known())', walled);
    END LOOP;
END;
$$;

CREATE POLICY own_insert ON accounts FOR INSERT WITH CHECK (tenant_sees(org_id, id));
CREATE POLICY own_update ON accounts FOR UPDATE USING (tenant_sees(org_id, id));
CREATE POLICY own_delete ON accounts FOR DELETE USING (tenant_sees(org_id, id));

CREATE POLICY own_tenant ON export_grants USING (EXISTS (SELECT 1 FROM exports e
    WHERE e.id = export_id AND tenant_sees_account(e.account_id)));

-- Both sides.
CREATE POLICY of_exporter ON imports FOR SELECT USING (tenant_sees_account(exporter_id));
CREATE POLICY own_tenant ON import_requests
    USING (tenant_sees_account(importer_id) OR tenant_sees_account(exporter_id));
CREATE POLICY of_importer ON activations FOR SELECT USING (EXISTS (SELECT 1 FROM accounts a
    WHERE a.public_key = importer_key AND tenant_sees(a.org_id, a.id)));

-- Everybody writes into the trail, and reads their own.
CREATE POLICY own_tenant ON audit FOR SELECT USING (tenant_sees(org_id, account_id));
CREATE POLICY anybody ON audit FOR INSERT WITH CHECK (true);
