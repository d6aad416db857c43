-- The second wall (0008, 0017, 0018) around what any tenant could still look at.

-- Engines are the platform's: how a cluster is entered lies in their rows. No request of a tenant
-- reads them; where an account's claims are made for them, the wall is lifted.
DROP POLICY known ON engines;

-- Who may import a private export is between the two: the exporter, and whoever is named, by id,
-- nkey or slug.
DROP POLICY known ON export_grants;
DO $$
BEGIN
    EXECUTE format('CREATE POLICY both_sides ON export_grants FOR SELECT USING ('
        'tenant_is_platform() OR EXISTS (SELECT 1 FROM exports e '
        'WHERE e.id = export_grants.export_id AND (%s)) '
        'OR EXISTS (SELECT 1 FROM accounts a WHERE (a.id = export_grants.account_ref '
        'OR a.public_key = export_grants.account_ref OR a.slug = export_grants.account_ref) '
        'AND tenant_sees(a.org_id, a.id)))',
        tenant_condition('e.account_id'));
END;
$$;
