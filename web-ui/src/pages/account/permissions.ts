/** Permissions between the form (one subject per line), the API and a line of a table. */
import type { NewUser, User } from "../../api/users";

type Permissions = NonNullable<NewUser["permissions"]>;
type Rules = NonNullable<Permissions["publish"]>;

/** Entries of a text area: one per line, commas also separate. A blank stays: `subject queue`. */
export function subjectsOf(text: string | undefined): string[] {
  const entries = text?.split(/[\r\n,]+/).map((entry) => entry.trim().replace(/\s+/, " ")) ?? [];
  return entries.filter(Boolean);
}

interface PermissionFields {
  publishAllow?: string | undefined;
  publishDeny?: string | undefined;
  subscribeAllow?: string | undefined;
  subscribeDeny?: string | undefined;
}

/** The permissions that a form asks for; nothing when it restricts nothing. */
export function permissionsOf(fields: PermissionFields): Permissions | undefined {
  const publish = rulesOf(fields.publishAllow, fields.publishDeny);
  const subscribe = rulesOf(fields.subscribeAllow, fields.subscribeDeny);
  if (publish === undefined && subscribe === undefined) return undefined;
  return { ...(publish && { publish }), ...(subscribe && { subscribe }) };
}

function rulesOf(allow: string | undefined, deny: string | undefined): Rules | undefined {
  // An empty `allow` would allow nothing, so a list without entries is left out.
  const rules: Rules = {};
  if (subjectsOf(allow).length > 0) rules.allow = subjectsOf(allow);
  if (subjectsOf(deny).length > 0) rules.deny = subjectsOf(deny);
  return rules.allow || rules.deny ? rules : undefined;
}

/** One line for a table: what may be published and subscribed to. */
export function permissionSummary(permissions: User["permissions"] | null | undefined): string {
  const parts = [
    summary("publish", permissions?.publish),
    summary("subscribe", permissions?.subscribe),
  ];
  const said = parts.filter(Boolean).join(" · ");
  return said === "" ? "all subjects of the account" : said;
}

function summary(verb: string, rules: Rules | null | undefined): string {
  const allow = rules?.allow;
  const deny = rules?.deny ?? [];
  if (!allow && deny.length === 0) return "";
  if (allow?.length === 0) return `${verb} nothing`;
  const allowed = allow ? allow.join(", ") : "all";
  return `${verb} ${allowed}${deny.length > 0 ? ` except ${deny.join(", ")}` : ""}`;
}
