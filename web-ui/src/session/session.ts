/**
 * The signed-in session. With an API token: the token, in memory and in this tab's sessionStorage,
 * nowhere else. As a person: the cookie is the browser's, which no script can read; kept here is
 * the token that goes with every change. Neither reaches a URL, localStorage, a log or the query
 * cache.
 */
import { useSyncExternalStore } from "react";

const STORAGE_KEY = "tidegate.token";
const COOKIE = "cookie:";

export type SignOutReason = "signed-out" | "expired";

export interface Session {
  /** The API token, or what goes with the cookie. */
  readonly token: string | null;
  /** Why there is no token, for the sign-in page. */
  readonly ended: SignOutReason | null;
  /** Whether the session is a person's, in a cookie. */
  readonly cookie?: true;
}

let current: Session = readStored();
const listeners = new Set<() => void>();

function readStored(): Session {
  let stored: string | null = null;
  try {
    stored = sessionStorage.getItem(STORAGE_KEY);
  } catch {
    // Storage may be blocked.
  }
  if (stored?.startsWith(COOKIE) === true) {
    return { token: stored.slice(COOKIE.length), ended: null, cookie: true };
  }
  return { token: stored, ended: null };
}

function store({ token, cookie }: Session): void {
  try {
    if (token === null) sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, cookie === true ? COOKIE + token : token);
  } catch {
    // Storage may be blocked: the session then lasts as long as the page.
  }
}

function set(next: Session): void {
  current = next;
  store(next);
  for (const listener of listeners) listener();
}

export function getSession(): Session {
  return current;
}

export function beginSession(token: string): void {
  set({ token, ended: null });
}

/** Begins a person's session, or goes on with it under another token. */
export function beginCookieSession(csrfToken: string): void {
  set({ token: csrfToken, ended: null, cookie: true });
}

export function endSession(reason: SignOutReason): void {
  if (current.token !== null) set({ token: null, ended: reason });
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, getSession);
}
