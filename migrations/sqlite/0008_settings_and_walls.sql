-- What whoever runs the installation set; one JSON document.
CREATE TABLE settings (
    id          TEXT   NOT NULL PRIMARY KEY,
    document    TEXT   NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- The key of token hashes, sealed, where it is not derived from the vault's own: tokens outlive a
-- vault key.
ALTER TABLE vault ADD COLUMN token_key BLOB;

-- The second wall between tenants is row-level security, which PostgreSQL has.
