/** What people do with the API to come in and to leave. */
import { answer, api, type Schemas } from "../api/client";
import { beginCookieSession, endSession, getSession } from "./session";

export type Identity = Schemas["Identity"];
export type TotpSeed = Schemas["TotpSeed"];

/** The cookie that the answer sets is to be kept. */
const KEEP_COOKIE = { credentials: "same-origin" } as const;

export function signIn(email: string, password: string): Promise<Identity> {
  return answer(api.POST("/api/v1/session", { body: { email, password }, ...KEEP_COOKIE }));
}

/** Who the browser's cookie belongs to, if it has one. */
export async function cookieOwner(): Promise<Identity | null> {
  const { data } = await api.GET("/api/v1/whoami", { ...KEEP_COOKIE });
  return data ?? null;
}

export function offeredProviders(): Promise<Schemas["OfferedProviders"]> {
  return answer(api.GET("/api/v1/sign-in/providers"));
}

/** A session that still lacks a second factor is not the console's yet: its token goes along. */
function half(identity: Identity) {
  return { headers: { "x-csrf-token": identity.session?.csrf_token ?? "" }, ...KEEP_COOKIE };
}

export function makeSecondFactor(identity: Identity, password: string): Promise<TotpSeed> {
  const body = password === "" ? {} : { password };
  return answer(api.POST("/api/v1/session/totp", { body, ...half(identity) }));
}

export function showCode(identity: Identity, code: string): Promise<Identity> {
  return answer(api.POST("/api/v1/session/totp/verify", { body: { code }, ...half(identity) }));
}

export function previewInvitation(token: string): Promise<Schemas["InvitationPreview"]> {
  return answer(api.POST("/api/v1/invitations/preview", { body: { token } }));
}

export function acceptInvitation(body: Schemas["AcceptInvitation"]): Promise<Identity> {
  return answer(api.POST("/api/v1/invitations/accept", { body, ...KEEP_COOKIE }));
}

export function resetPassword(body: Schemas["PasswordReset"]): Promise<Identity> {
  return answer(api.POST("/api/v1/password-resets", { body, ...KEEP_COOKIE }));
}

/** Lets a person in, unless a second factor is still to come. Says whether they are. */
export function enter(identity: Identity): boolean {
  if (identity.session === undefined || identity.session === null) return false;
  if (identity.session.second_factor) return false;
  beginCookieSession(identity.session.csrf_token);
  return true;
}

/** Signs out; a person's session is ended on the server too. */
export async function signOut(): Promise<void> {
  if (getSession().cookie === true) {
    await api.DELETE("/api/v1/session").catch(() => undefined);
  }
  endSession("signed-out");
}
