/** An account's limits in words. The API says -1 where there is none. */
import type { Account } from "../../api/accounts";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

export interface LimitLine {
  readonly label: string;
  readonly text: string;
}

export function limitLines(limits: Account["limits"]): readonly LimitLine[] {
  return [
    { label: "Connections", text: count(limits.connections) },
    { label: "Leaf connections", text: count(limits.leaf_connections) },
    { label: "Connections per user", text: count(limits.user_connections) },
    { label: "Subscriptions per connection", text: count(limits.subscriptions) },
    { label: "Subscriptions in total", text: count(limits.total_subscriptions) },
    { label: "Messages per second", text: count(limits.messages_per_second) },
    { label: "Bytes per second", text: bytes(limits.bytes_per_second) },
    { label: "Data", text: bytes(limits.data_bytes) },
    { label: "Message size", text: bytes(limits.payload_bytes) },
    { label: "Exports", text: count(limits.exports) },
    { label: "Imports", text: count(limits.imports) },
    { label: "Wildcard exports", text: allowed(limits.wildcard_exports) },
    { label: "Bearer users", text: allowed(limits.bearer_users) },
  ];
}

function count(limit: number): string {
  return limit < 0 ? "unlimited" : limit.toLocaleString("en");
}

/** The largest unit that loses nothing, so that a limit reads as it was set. */
export function bytes(limit: number): string {
  if (limit < 0) return "unlimited";
  let unit = 0;
  let value = limit;
  while (value >= 1024 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toLocaleString("en")} ${UNITS[unit]}`;
}

function allowed(yes: boolean): string {
  return yes ? "allowed" : "not allowed";
}
