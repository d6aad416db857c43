/**
 * The signed-in session: the API token, in memory and in this tab's sessionStorage, nowhere else.
 * It never reaches a URL, localStorage, a log or the query cache.
 */
import { useSyncExternalStore } from "react";

const STORAGE_KEY = "tidegate.token";

export type SignOutReason = "signed-out" | "expired";

export interface Session {
  readonly token: string | null;
  /** Why there is no token, for the sign-in page. */
  readonly ended: SignOutReason | null;
}

let current: Session = { token: readStored(), ended: null };
const listeners = new Set<() => void>();

function readStored(): string | null {
  try {
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function store(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    // Storage may be blocked: the session then lasts as long as the page.
  }
}

function set(next: Session): void {
  current = next;
  store(next.token);
  for (const listener of listeners) listener();
}

export function getSession(): Session {
  return current;
}

export function beginSession(token: string): void {
  set({ token, ended: null });
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
