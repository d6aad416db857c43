-- The vault's data keys, and the rotation of the operator's signing key.

-- Every sealed value names the data key that opens it; each data key is wrapped by a key that is
-- not in the database. It seals from active_from on, when every process knows it, until the next
-- one does. Once nothing is left that it opens it is retired, and some time later gone.
CREATE TABLE vault_keys (
    id           TEXT   NOT NULL PRIMARY KEY,
    wrapped      BLOB   NOT NULL,
    wrapped_by   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    active_from  BIGINT NOT NULL,
    retired_at   BIGINT,
    -- Why some process cannot unwrap it. As long as that is so it puts active_from off.
    trouble      TEXT
);

ALTER TABLE operators ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- A signing key that takes the place of another one. Both forms of the operator's claims are signed
-- when it begins, since the key that signs them is not kept: with both keys, and with the new one.
CREATE TABLE operator_rotations (
    id           TEXT   NOT NULL PRIMARY KEY,
    operator_id  TEXT   NOT NULL REFERENCES operators (id),
    old_key      TEXT   NOT NULL,
    new_key      TEXT   NOT NULL,
    new_seed     BLOB,
    jwt_old      TEXT   NOT NULL,
    jwt_both     TEXT   NOT NULL,
    jwt_new      TEXT   NOT NULL,
    stage        TEXT   NOT NULL CHECK (stage IN ('trusting', 'signing', 'pushing', 'retiring',
                                                  'done', 'cancelled')),
    started_at   BIGINT NOT NULL,
    stage_at     BIGINT NOT NULL,
    finished_at  BIGINT
);

CREATE UNIQUE INDEX operator_rotations_open ON operator_rotations (operator_id)
    WHERE finished_at IS NULL;

-- Which of the operator's keys signed the claims.
ALTER TABLE accounts ADD COLUMN signed_by TEXT NOT NULL DEFAULT '';
UPDATE accounts SET signed_by = COALESCE((SELECT MIN(signing_key) FROM operators), '');
CREATE INDEX accounts_by_signer ON accounts (signed_by, id);

-- The operator's keys that every server of an engine trusts, a blank between two.
ALTER TABLE engines ADD COLUMN trusts TEXT NOT NULL DEFAULT '';
