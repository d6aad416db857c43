-- Users by role, accounts by state and plan: in the order of their creation. What accounts are
-- listed by has their state in it, since deleted ones have a list of their own.

DROP INDEX users_by_role;
CREATE INDEX users_by_role ON users (role_id, account_id, state, id) WHERE role_id IS NOT NULL;
CREATE INDEX accounts_in_use ON accounts (state, id)
    WHERE kind = 'tenant' AND suspended_at IS NULL;
CREATE INDEX accounts_in_use_by_org ON accounts (org_id, state, id)
    WHERE kind = 'tenant' AND suspended_at IS NULL;
CREATE INDEX accounts_suspended ON accounts (state, id)
    WHERE kind = 'tenant' AND suspended_at IS NOT NULL;
CREATE INDEX accounts_suspended_by_org ON accounts (org_id, state, id)
    WHERE kind = 'tenant' AND suspended_at IS NOT NULL;
CREATE INDEX accounts_listed_by_plan ON accounts (plan_id, state, id) WHERE plan_id IS NOT NULL;
CREATE INDEX accounts_listed_by_org_plan ON accounts (org_id, plan_id, state, id)
    WHERE plan_id IS NOT NULL;

-- Hardly any user logs in with its JWT alone: the others need no place in the indexes of those who
-- do, which every new credential would pay for.
DROP INDEX users_by_bearer;
DROP INDEX users_by_bearer_name;
DROP INDEX users_by_bearer_expiry;
CREATE INDEX users_by_bearer ON users (account_id, bearer, id)
    WHERE state = 'active' AND bearer = TRUE;
CREATE INDEX users_by_bearer_name ON users (account_id, bearer, name, id)
    WHERE state = 'active' AND bearer = TRUE;
CREATE INDEX users_by_bearer_expiry ON users (account_id, bearer, expires_at, id)
    WHERE state = 'active' AND bearer = TRUE;
