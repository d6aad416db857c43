-- Webhooks: where events are sent, and how each delivery fared.

-- Without an account it hears of the whole organisation, without both of the whole platform.
CREATE TABLE webhooks (
    id             TEXT   NOT NULL PRIMARY KEY,
    org_id         TEXT   REFERENCES orgs (id),
    account_id     TEXT   REFERENCES accounts (id),
    name           TEXT   NOT NULL,
    url            TEXT   NOT NULL,
    types          TEXT   NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('active', 'paused', 'failed')),
    reason         TEXT,
    secret         BLOB   NOT NULL,
    old_secret     BLOB,
    old_until      BIGINT NOT NULL DEFAULT 0,
    next_at        BIGINT,
    failing_since  BIGINT,
    lease_holder   TEXT,
    lease_until    BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1,
    CHECK (account_id IS NULL OR org_id IS NOT NULL)
);

CREATE INDEX webhooks_by_org ON webhooks (org_id, id);
CREATE INDEX webhooks_by_account ON webhooks (account_id, id);
CREATE INDEX webhooks_by_name ON webhooks (name, id);
CREATE INDEX webhooks_due ON webhooks (next_at) WHERE state = 'active';

CREATE TABLE webhook_deliveries (
    id          TEXT   NOT NULL PRIMARY KEY,
    webhook_id  TEXT   NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id    TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    replay_of   TEXT,
    attempts    BIGINT NOT NULL DEFAULT 0,
    next_at     BIGINT,
    sent_at     BIGINT,
    status      BIGINT,
    error       TEXT,
    response    TEXT,
    took_ms     BIGINT,
    created_at  BIGINT NOT NULL
);

CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook_id, state, id);
CREATE INDEX webhook_deliveries_by_kind ON webhook_deliveries (webhook_id, kind, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at)
    WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);
-- An event goes to a webhook once, unless somebody asks for it again.
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (webhook_id, event_id)
    WHERE replay_of IS NULL;

-- Lists of a tenant by name: what others have, however much, is not looked at.
CREATE INDEX api_keys_by_org_name ON api_keys (org_id, name, id);
CREATE INDEX api_keys_by_account_name ON api_keys (account_id, name, id);
CREATE INDEX service_accounts_by_org_name ON service_accounts (org_id, name, id);
CREATE INDEX service_accounts_by_account_name ON service_accounts (account_id, name, id);
CREATE INDEX sign_in_links_by_org_email ON sign_in_links (org_id, email, id);
CREATE INDEX sign_in_links_by_account_email ON sign_in_links (account_id, email, id);
