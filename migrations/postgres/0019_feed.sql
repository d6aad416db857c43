-- The feed over NATS: every entry of the trail, tried changes and the system's own too, in the
-- order in which they became visible; and how far each engine has been told.

-- What is no event is numbered too, but only for the feed.
ALTER TABLE outbox ADD COLUMN is_event BOOLEAN NOT NULL DEFAULT TRUE;

CREATE TABLE feed (
    seq       TEXT    NOT NULL PRIMARY KEY,
    id        TEXT    NOT NULL UNIQUE REFERENCES audit (id),
    at        BIGINT  NOT NULL,
    is_event  BOOLEAN NOT NULL
);

CREATE INDEX feed_by_age ON feed (at);

-- The last number that an engine has taken.
CREATE TABLE feed_positions (
    engine_id  TEXT   NOT NULL PRIMARY KEY REFERENCES engines (id),
    seq        TEXT   NOT NULL,
    sent_at    BIGINT
);

-- The second wall (see 0017): the platform's.
ALTER TABLE feed_positions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON feed_positions USING (tenant_is_platform());
