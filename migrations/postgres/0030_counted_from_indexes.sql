-- A total counts up to 10,000 rows. From an index that has all that is asked for, it does so
-- without looking at the rows themselves; of a condition like `revoked_at IS NULL` SQLite wants to
-- see the column, although the index has no others.
DROP INDEX api_keys_listed;
DROP INDEX api_keys_listed_by_org;
DROP INDEX api_keys_listed_by_account;
CREATE INDEX api_keys_listed ON api_keys (id, revoked_at) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_listed_by_org ON api_keys (org_id, id, revoked_at) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_listed_by_account ON api_keys (account_id, id, revoked_at)
    WHERE revoked_at IS NULL;
-- Of two indexes that serve as well SQLite takes the younger one: a person's own keys come from
-- here.
DROP INDEX api_keys_by_membership;
CREATE INDEX api_keys_by_membership ON api_keys (membership_id) WHERE membership_id IS NOT NULL;

DROP INDEX invitations_by_org;
DROP INDEX invitations_by_account;
DROP INDEX sign_in_links_by_expiry;
CREATE INDEX invitations_by_org ON sign_in_links (org_id, id, expires_at, ended_at)
    WHERE kind = 'invitation' AND ended_at IS NULL;
CREATE INDEX invitations_by_account ON sign_in_links (account_id, id, expires_at, ended_at)
    WHERE kind = 'invitation' AND ended_at IS NULL;
CREATE INDEX sign_in_links_by_expiry ON sign_in_links (expires_at, kind, ended_at)
    WHERE ended_at IS NULL;
