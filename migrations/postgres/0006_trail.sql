-- The trail: every entry is linked to the one before it in its chain by a hash.

-- The chain is the account that an entry belongs to, or 'platform'. Entries of before have none.
ALTER TABLE audit ADD COLUMN credential_id TEXT;
ALTER TABLE audit ADD COLUMN chain TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX audit_by_chain ON audit (chain, position) WHERE position > 0;
CREATE INDEX audit_by_org_action ON audit (org_id, action, id);
CREATE INDEX audit_by_account_action ON audit (account_id, action, id);
CREATE INDEX audit_unchained ON audit (id) WHERE position = 0;

-- The newest entry of each chain, locked while the next one is written.
CREATE TABLE audit_heads (
    chain     TEXT   NOT NULL PRIMARY KEY,
    position  BIGINT NOT NULL,
    hash      TEXT   NOT NULL
);

-- Up to where the platform's chain has noted the heads of the others. Apart from the heads: who
-- notes must not wait for who writes.
CREATE TABLE audit_notes (
    chain     TEXT   NOT NULL PRIMARY KEY,
    position  BIGINT NOT NULL
);

-- Events are entries of the trail, in the order in which they became visible. A change puts its
-- entry into the outbox; a publisher, which holds the clock's lock, gives it the next number.
CREATE TABLE outbox (
    id  TEXT NOT NULL PRIMARY KEY REFERENCES audit (id)
);

CREATE TABLE event_clock (
    id   TEXT   NOT NULL PRIMARY KEY,
    seq  BIGINT NOT NULL
);

INSERT INTO event_clock (id, seq) VALUES ('events', 0);

-- The number is padded with zeros, so that texts sort as numbers do.
CREATE TABLE events (
    seq         TEXT   NOT NULL PRIMARY KEY,
    id          TEXT   NOT NULL UNIQUE REFERENCES audit (id),
    at          BIGINT NOT NULL,
    org_id      TEXT,
    account_id  TEXT,
    kind        TEXT   NOT NULL
);

CREATE INDEX events_by_org ON events (org_id, seq);
CREATE INDEX events_by_account ON events (account_id, seq);
CREATE INDEX events_by_kind ON events (kind, seq);
CREATE INDEX events_by_org_kind ON events (org_id, kind, seq);
CREATE INDEX events_by_account_kind ON events (account_id, kind, seq);
CREATE INDEX events_by_age ON events (at);
