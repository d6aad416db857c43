-- The W3C trace that a request belonged to, in what the trail says of it: logs name it too. Entries
-- of before have none, and their hashes do not cover it.
ALTER TABLE audit ADD COLUMN trace_id TEXT;

CREATE INDEX audit_by_trace ON audit (trace_id, id) WHERE trace_id IS NOT NULL;
CREATE INDEX audit_by_org_trace ON audit (org_id, trace_id, id) WHERE trace_id IS NOT NULL;
CREATE INDEX audit_by_account_trace ON audit (account_id, trace_id, id) WHERE trace_id IS NOT NULL;
