/** What a page shows when there is nothing yet, or nothing to show. */
import type { ReactNode } from "react";

export function EmptyState(props: { title: string; text: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{props.title}</h3>
      <p>{props.text}</p>
      {props.action}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div className="card skeleton" role="status" aria-label={`Loading ${what}`}>
      <span />
      <span />
      <span />
    </div>
  );
}
