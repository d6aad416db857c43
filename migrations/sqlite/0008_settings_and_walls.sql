-- What whoever runs the installation set; one JSON document.
CREATE TABLE settings (
    id          TEXT   NOT NULL PRIMARY KEY,
    document    TEXT   NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- The second wall between tenants is row-level security, which PostgreSQL has.
