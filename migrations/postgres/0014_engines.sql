-- Engines of two kinds: the broker inside one process of ours, and a cluster that runs elsewhere.

ALTER TABLE engines DROP CONSTRAINT engines_kind_check;
ALTER TABLE engines ADD CONSTRAINT engines_kind_check CHECK (kind IN ('embedded', 'cluster'));
-- The process whose broker an embedded engine is.
ALTER TABLE engines ADD COLUMN instance TEXT UNIQUE;
-- Where a cluster is reached (URLs, a comma between two), what its certificates are checked
-- against (PEM), and a credential of its system account, sealed, where we do not hold that key.
ALTER TABLE engines ADD COLUMN urls TEXT;
ALTER TABLE engines ADD COLUMN ca TEXT;
ALTER TABLE engines ADD COLUMN creds BYTEA;
ALTER TABLE engines ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

CREATE INDEX engine_accounts_by_account ON engine_accounts (account_id);
