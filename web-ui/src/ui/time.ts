/** Times as people read them. The API sends RFC 3339 in UTC. */

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** A credential made for a year has a few seconds less left when it is first shown. */
const SLACK_S = 30;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** "3 days ago", "in 11 months"; under a minute it is "just now". */
export function relativeTime(at: Date, now: Date): string {
  const exact = (at.getTime() - now.getTime()) / 1000;
  const seconds = exact > 0 ? exact + SLACK_S : exact;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 0 ? "in under a minute" : "just now";
}

export function absoluteTime(at: Date): string {
  return absolute.format(at);
}
