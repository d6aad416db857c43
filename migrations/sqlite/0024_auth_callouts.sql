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
