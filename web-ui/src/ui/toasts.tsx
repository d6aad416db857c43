/** Short news that needs no answer. At most three at a time; each goes by itself. */
import { useSyncExternalStore } from "react";

const SHOWN_MAX = 3;
const SHOWN_FOR_MS = 6_000;

interface Toast {
  readonly id: number;
  readonly text: string;
}

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function toast(text: string): void {
  lastId += 1;
  const id = lastId;
  set([...toasts, { id, text }].slice(-SHOWN_MAX));
  setTimeout(() => dismiss(id), SHOWN_FOR_MS);
}

/** Tells what was done, and whether servers still have to confirm it. */
export function toastChange(text: string, live: boolean): void {
  toast(live ? text : `${text}; some servers have not confirmed it yet`);
}

export function dismiss(id: number): void {
  set(toasts.filter((shown) => shown.id !== id));
}

export function clearToasts(): void {
  set([]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text }) => (
        <div key={id} className="toast">
          <span>{text}</span>
          <button type="button" aria-label={`Dismiss: ${text}`} onClick={() => dismiss(id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
