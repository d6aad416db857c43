-- What accounts and their users have used.

-- grain: minute, hour or day; at: its begin. user_id '': all of the account. gap: for some time of
-- it nobody looked, so that what is counted may belong to an earlier time.
CREATE TABLE usage (
    account_id    TEXT    NOT NULL REFERENCES accounts (id),
    user_id       TEXT    NOT NULL,
    grain         TEXT    NOT NULL CHECK (grain IN ('minute', 'hour', 'day')),
    at            BIGINT  NOT NULL,
    messages_in   BIGINT  NOT NULL,
    bytes_in      BIGINT  NOT NULL,
    messages_out  BIGINT  NOT NULL,
    bytes_out     BIGINT  NOT NULL,
    connections   BIGINT  NOT NULL,
    gap           BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, user_id, grain, at)
);

CREATE INDEX usage_by_age ON usage (grain, at);

-- What a server had counted for an account when it was last asked. It counts from zero when it
-- starts.
CREATE TABLE usage_cursors (
    account_id    TEXT   NOT NULL REFERENCES accounts (id),
    server_id     TEXT   NOT NULL,
    started_at    TEXT   NOT NULL,
    messages_in   BIGINT NOT NULL,
    bytes_in      BIGINT NOT NULL,
    messages_out  BIGINT NOT NULL,
    bytes_out     BIGINT NOT NULL,
    connections   BIGINT NOT NULL,
    PRIMARY KEY (account_id, server_id)
);

-- When an engine's servers were last asked.
CREATE TABLE usage_samples (
    engine_id   TEXT   NOT NULL PRIMARY KEY REFERENCES engines (id) ON DELETE CASCADE,
    sampled_at  BIGINT NOT NULL
);
