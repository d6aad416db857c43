-- What manifests made. place: the organisation or account whose manifest it is, empty for the
-- platform's. account_id: the account that it is or lies in.
CREATE TABLE manifest_objects (
    object_id   TEXT   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    account_id  TEXT   REFERENCES accounts (id),
    manifest    TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    claimed_at  BIGINT NOT NULL
);

CREATE INDEX manifest_objects_by_manifest ON manifest_objects (manifest, place);
CREATE INDEX manifest_objects_by_account ON manifest_objects (account_id);

ALTER TABLE manifest_objects ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    EXECUTE format(
        'CREATE POLICY own_tenant ON manifest_objects USING (tenant_is_platform() OR %s)',
        tenant_condition('manifest_objects.account_id'));
END;
$$;
