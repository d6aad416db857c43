/** Who the signed-in key is, and what its role lets the console offer. The API decides anyway. */
import { useQuery } from "@tanstack/react-query";
import { type Whoami, whoamiQuery } from "../api/system";

const ROLES: Record<string, string> = {
  platform_admin: "Platform admin",
  org_admin: "Organisation admin",
  account_admin: "Account admin",
};

const ACCOUNT_MAKERS: readonly string[] = ["platform_admin", "org_admin"];

export function roleName(whoami: Whoami): string {
  return ROLES[whoami.role] ?? whoami.role.replaceAll("_", " ");
}

/** Whether accounts can be created and deleted with the signed-in key. */
export function useMakesAccounts(): boolean {
  const whoami = useQuery(whoamiQuery);
  return whoami.data !== undefined && ACCOUNT_MAKERS.includes(whoami.data.role);
}
