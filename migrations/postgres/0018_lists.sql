-- Every page of every list costs the same, however many rows there are: each order and each filter
-- of each list has an index, for the whole platform, for an organisation and for an account. What
-- lists never show (deleted, revoked, ended) is in none of them.

-- What people are sorted and filtered by, beside their places: a page of a tenant's people is found
-- without looking at anybody else's.
ALTER TABLE memberships ADD COLUMN email TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE memberships ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE memberships ADD COLUMN provider_id TEXT;
UPDATE memberships SET
    email = (SELECT p.email FROM members p WHERE p.id = memberships.member_id),
    name = (SELECT p.name FROM members p WHERE p.id = memberships.member_id),
    provider_id = (SELECT p.provider_id FROM members p WHERE p.id = memberships.member_id);

CREATE INDEX memberships_by_org_member ON memberships (org_id, member_id);
CREATE INDEX memberships_by_org_email ON memberships (org_id, email, member_id);
CREATE INDEX memberships_by_org_name ON memberships (org_id, name, member_id);
CREATE INDEX memberships_by_org_provider ON memberships (org_id, provider_id, member_id);
CREATE INDEX memberships_by_account_member ON memberships (account_id, member_id);
CREATE INDEX memberships_by_account_email ON memberships (account_id, email, member_id);
CREATE INDEX memberships_by_account_name ON memberships (account_id, name, member_id);
CREATE INDEX memberships_by_account_provider ON memberships (account_id, provider_id, member_id);
CREATE INDEX memberships_by_org_provider_email
    ON memberships (org_id, provider_id, email, member_id);
CREATE INDEX memberships_by_org_provider_name
    ON memberships (org_id, provider_id, name, member_id);
CREATE INDEX memberships_by_account_provider_email
    ON memberships (account_id, provider_id, email, member_id);
CREATE INDEX memberships_by_account_provider_name
    ON memberships (account_id, provider_id, name, member_id);
CREATE INDEX memberships_of_member ON memberships (member_id, org_id, id);
CREATE INDEX members_by_provider ON members (provider_id, id) WHERE provider_id IS NOT NULL;
CREATE INDEX members_by_provider_email ON members (provider_id, email, id)
    WHERE provider_id IS NOT NULL;
CREATE INDEX members_by_provider_name ON members (provider_id, name, id)
    WHERE provider_id IS NOT NULL;

-- Accounts, and apart from them those that wait to be purged.
DROP INDEX accounts_by_name;
DROP INDEX accounts_by_org_slug;
CREATE INDEX accounts_listed ON accounts (id) WHERE kind = 'tenant' AND state = 'active';
CREATE INDEX accounts_by_name ON accounts (name, id) WHERE kind = 'tenant' AND state = 'active';
CREATE INDEX accounts_by_slug ON accounts (slug, id) WHERE kind = 'tenant' AND state = 'active';
CREATE INDEX accounts_listed_by_org ON accounts (org_id, id)
    WHERE kind = 'tenant' AND state = 'active';
CREATE INDEX accounts_by_org_name ON accounts (org_id, name, id)
    WHERE kind = 'tenant' AND state = 'active';
CREATE INDEX accounts_by_org_slug ON accounts (org_id, slug, id)
    WHERE kind = 'tenant' AND state = 'active';
CREATE INDEX accounts_deleted_by_id ON accounts (id) WHERE kind = 'tenant' AND state = 'deleted';
CREATE INDEX accounts_deleted_by_name ON accounts (name, id)
    WHERE kind = 'tenant' AND state = 'deleted';
CREATE INDEX accounts_deleted_by_slug ON accounts (slug, id)
    WHERE kind = 'tenant' AND state = 'deleted';
CREATE INDEX accounts_deleted_by_org ON accounts (org_id, id)
    WHERE kind = 'tenant' AND state = 'deleted';
CREATE INDEX accounts_deleted_by_org_name ON accounts (org_id, name, id)
    WHERE kind = 'tenant' AND state = 'deleted';
CREATE INDEX accounts_deleted_by_org_slug ON accounts (org_id, slug, id)
    WHERE kind = 'tenant' AND state = 'deleted';

-- Users.
DROP INDEX users_bearer;
CREATE INDEX users_listed ON users (account_id, id) WHERE state = 'active';
CREATE INDEX users_by_bearer ON users (account_id, bearer, id) WHERE state = 'active';
CREATE INDEX users_by_bearer_name ON users (account_id, bearer, name, id) WHERE state = 'active';
CREATE INDEX users_by_bearer_expiry ON users (account_id, bearer, expires_at, id)
    WHERE state = 'active';

-- API keys that are not revoked.
DROP INDEX api_keys_by_name;
DROP INDEX api_keys_by_org_name;
DROP INDEX api_keys_by_account_name;
CREATE INDEX api_keys_listed ON api_keys (id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_listed_by_org ON api_keys (org_id, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_listed_by_account ON api_keys (account_id, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_by_name ON api_keys (name, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_by_org_name ON api_keys (org_id, name, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_by_account_name ON api_keys (account_id, name, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_by_membership ON api_keys (membership_id) WHERE membership_id IS NOT NULL;
CREATE INDEX api_keys_by_service ON api_keys (service_account_id)
    WHERE service_account_id IS NOT NULL;

-- Invitations that are open. Those whose time has passed are ended every minute.
DROP INDEX sign_in_links_by_email;
DROP INDEX sign_in_links_by_org_email;
DROP INDEX sign_in_links_by_account_email;
CREATE INDEX invitations_open ON sign_in_links (id) WHERE kind = 'invitation' AND ended_at IS NULL;
CREATE INDEX invitations_by_org ON sign_in_links (org_id, id)
    WHERE kind = 'invitation' AND ended_at IS NULL;
CREATE INDEX invitations_by_account ON sign_in_links (account_id, id)
    WHERE kind = 'invitation' AND ended_at IS NULL;
CREATE INDEX invitations_by_email ON sign_in_links (email, id)
    WHERE kind = 'invitation' AND ended_at IS NULL;
CREATE INDEX invitations_by_org_email ON sign_in_links (org_id, email, id)
    WHERE kind = 'invitation' AND ended_at IS NULL;
CREATE INDEX invitations_by_account_email ON sign_in_links (account_id, email, id)
    WHERE kind = 'invitation' AND ended_at IS NULL;
CREATE INDEX sign_in_links_by_expiry ON sign_in_links (expires_at) WHERE ended_at IS NULL;
CREATE INDEX sign_in_links_by_member ON sign_in_links (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX sessions_by_membership ON sessions (membership_id) WHERE membership_id IS NOT NULL;

-- Who may do what, and who vouches for people.
CREATE INDEX access_roles_by_org ON access_roles (org_id, id);
CREATE INDEX access_roles_by_org_name ON access_roles (org_id, name, id);
CREATE INDEX access_roles_by_name ON access_roles (name, id);
CREATE INDEX identity_providers_by_org_name ON identity_providers (org_id, name, id);
CREATE INDEX webhooks_by_org_name ON webhooks (org_id, name, id);
CREATE INDEX webhooks_by_account_name ON webhooks (account_id, name, id);
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (webhook_id, event_id, id);

-- The trail. Of two indexes that serve as well SQLite takes the younger one: the account's.
DROP INDEX audit_by_account;
CREATE INDEX audit_by_org_actor ON audit (org_id, actor, id);
CREATE INDEX audit_by_org_target ON audit (org_id, target, id);
CREATE INDEX audit_by_account ON audit (account_id, id);
CREATE INDEX audit_by_account_actor ON audit (account_id, actor, id);
CREATE INDEX audit_by_account_target ON audit (account_id, target, id);

-- Roles and sharing.
CREATE INDEX roles_listed ON roles (account_id, id) WHERE deleted_at IS NULL;
CREATE INDEX roles_by_disabled ON roles (account_id, disabled, id) WHERE deleted_at IS NULL;
CREATE INDEX exports_by_account ON exports (account_id, id);
CREATE INDEX exports_by_account_name ON exports (account_id, name, id);
CREATE INDEX exports_by_account_subject ON exports (account_id, subject, id);
CREATE INDEX exports_by_account_kind ON exports (account_id, kind, id);
CREATE INDEX exports_by_account_visibility ON exports (account_id, visibility, id);
CREATE INDEX exports_advertised ON exports (id) WHERE advertised = TRUE;
CREATE INDEX exports_advertised_by_name ON exports (name, id) WHERE advertised = TRUE;
CREATE INDEX exports_advertised_by_subject ON exports (subject, id) WHERE advertised = TRUE;
CREATE INDEX exports_advertised_by_kind ON exports (kind, id) WHERE advertised = TRUE;
CREATE INDEX exports_advertised_by_visibility ON exports (visibility, id) WHERE advertised = TRUE;
CREATE INDEX exports_advertised_by_kind_name ON exports (kind, name, id)
    WHERE advertised = TRUE;
CREATE INDEX exports_advertised_by_kind_subject ON exports (kind, subject, id)
    WHERE advertised = TRUE;
CREATE INDEX exports_advertised_by_visibility_name ON exports (visibility, name, id)
    WHERE advertised = TRUE;
CREATE INDEX exports_advertised_by_visibility_subject ON exports (visibility, subject, id)
    WHERE advertised = TRUE;
CREATE INDEX export_grants_by_account ON export_grants (account_ref, export_id);
CREATE INDEX imports_by_account ON imports (account_id, id);
CREATE INDEX imports_by_account_name ON imports (account_id, name, id);
CREATE INDEX imports_by_account_local_subject ON imports (account_id, local_subject, id);
CREATE INDEX imports_by_account_kind ON imports (account_id, kind, id);
CREATE INDEX imports_by_account_exporter ON imports (account_id, exporter_id, id);
CREATE INDEX import_requests_by_importer_state ON import_requests (importer_id, state, id);
CREATE INDEX import_requests_by_importer_export ON import_requests (importer_id, export_id, id);
CREATE INDEX import_requests_by_exporter_state ON import_requests (exporter_id, state, id);
CREATE INDEX import_requests_by_exporter_export ON import_requests (exporter_id, export_id, id);
CREATE INDEX import_requests_by_export ON import_requests (export_id);
CREATE INDEX activations_by_importer ON activations (export_id, importer_key, id);
CREATE INDEX activations_of_importer ON activations (importer_key) WHERE revoked_at IS NULL;
CREATE INDEX activations_by_account ON activations (account_id);
CREATE INDEX share_links_by_account ON share_links (account_id);

-- The second wall (0008, 0017), said so that the database asks once per statement, and not once per
-- row, whom it is for: a function with a query inside is called for each row.
--
-- The condition for a column with the account: bound to an account, that one; else those of the
-- organisation. Migrations put it into policies.
CREATE FUNCTION tenant_condition(place TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE AS $$
    SELECT format($sees$
        %1$s IN (SELECT a.id FROM accounts a
            WHERE a.id = NULLIF(current_setting('tidegate.account', true), '')
            AND a.org_id = NULLIF(current_setting('tidegate.org', true), ''))
        OR (COALESCE(current_setting('tidegate.account', true), '') = ''
            AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = %1$s
                AND a.org_id = NULLIF(current_setting('tidegate.org', true), '')))
    $sees$, place)
$$;

DO $$
DECLARE
    walled TEXT;
    own TEXT;
BEGIN
    FOREACH walled IN ARRAY ARRAY['activations', 'blocks', 'imports', 'issuances',
        'retired_keys', 'revocations', 'roles', 'share_links', 'usage', 'users']
    LOOP
        EXECUTE format('ALTER POLICY own_tenant ON %I USING (tenant_is_platform() OR %s)',
            walled, tenant_condition(walled || '.account_id'));
    END LOOP;
    -- Who may read these stands in another policy.
    own := format('tenant_is_platform() OR %s', tenant_condition('exports.account_id'));
    DROP POLICY own_tenant ON exports;
    EXECUTE format('CREATE POLICY own_insert ON exports FOR INSERT WITH CHECK (%s)', own);
    EXECUTE format('CREATE POLICY own_update ON exports FOR UPDATE USING (%s)', own);
    EXECUTE format('CREATE POLICY own_delete ON exports FOR DELETE USING (%s)', own);
    own := format('tenant_is_platform() OR EXISTS (SELECT 1 FROM exports e '
        'WHERE e.id = export_grants.export_id AND (%s))', tenant_condition('e.account_id'));
    DROP POLICY own_tenant ON export_grants;
    EXECUTE format('CREATE POLICY own_insert ON export_grants FOR INSERT WITH CHECK (%s)', own);
    EXECUTE format('CREATE POLICY own_update ON export_grants FOR UPDATE USING (%s)', own);
    EXECUTE format('CREATE POLICY own_delete ON export_grants FOR DELETE USING (%s)', own);
    EXECUTE format('ALTER POLICY of_exporter ON imports USING (tenant_is_platform() OR %s)',
        tenant_condition('imports.exporter_id'));
    EXECUTE format('ALTER POLICY own_tenant ON import_requests '
        'USING (tenant_is_platform() OR %s OR %s)',
        tenant_condition('import_requests.importer_id'),
        tenant_condition('import_requests.exporter_id'));
END;
$$;
ALTER POLICY of_importer ON activations USING (tenant_is_platform() OR EXISTS (SELECT 1
    FROM accounts a WHERE a.public_key = importer_key AND tenant_sees(a.org_id, a.id)));
ALTER POLICY own_tenant ON webhook_deliveries USING (tenant_is_platform()
    OR webhook_id = (SELECT w.id FROM webhooks w WHERE w.id = webhook_id));
DROP FUNCTION tenant_sees_account;
