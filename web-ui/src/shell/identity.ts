/** How the signed-in key is named in the navigation. */
import type { Whoami } from "../api/system";

const ROLES: Record<string, string> = {
  platform_admin: "Platform admin",
};

export function identityName(whoami: Whoami): string {
  return ROLES[whoami.role] ?? whoami.role.replaceAll("_", " ");
}
