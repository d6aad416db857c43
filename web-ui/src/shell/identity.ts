/** Who is signed in, and what their rights let the console offer. The API decides anyway. */
import { useQuery } from "@tanstack/react-query";
import { type Whoami, whoamiQuery } from "../api/system";

const ROLES: Record<string, string> = {
  platform_admin: "Platform admin",
  platform_observer: "Platform observer",
  org_admin: "Organisation admin",
  org_observer: "Organisation observer",
  account_admin: "Account admin",
  account_observer: "Account observer",
};

export function roleName(whoami: Whoami): string {
  return ROLES[whoami.role] ?? whoami.role.replaceAll("_", " ");
}

/** Whether accounts can be created and deleted by who is signed in. */
export function useMakesAccounts(): boolean {
  const whoami = useQuery(whoamiQuery);
  return whoami.data?.rights.includes("accounts:manage") ?? false;
}
