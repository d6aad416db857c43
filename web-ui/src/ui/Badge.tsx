/** A small coloured word about a state. The word alone carries the meaning. */
import type { ReactNode } from "react";

export type Tone = "neutral" | "success" | "warning" | "danger" | "info";

interface BadgeProps {
  tone?: Tone;
  dot?: boolean;
  busy?: boolean;
  title?: string;
  children: ReactNode;
}

export function Badge({ tone = "neutral", dot = true, busy = false, title, children }: BadgeProps) {
  const classes = ["badge", tone, dot ? "" : "plain", busy ? "busy" : ""].filter(Boolean).join(" ");
  return (
    <span className={classes} title={title}>
      {children}
    </span>
  );
}

/** Whether every server already acts on this object. */
export function LiveBadge({ live }: { live: boolean }) {
  return live ? (
    <Badge tone="success" title="Every server acts on this">
      live
    </Badge>
  ) : (
    <Badge tone="warning" busy title="Saved; some servers have not confirmed it yet">
      applying…
    </Badge>
  );
}
