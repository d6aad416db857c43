import { expect, test } from "vitest";
import { relativeTime } from "./time";

const now = new Date("2026-05-01T12:00:00Z");

test.each([
  ["2026-05-01T11:59:30Z", "just now"],
  ["2026-05-01T12:00:20Z", "in under a minute"],
  ["2027-05-01T11:59:50Z", "in 1 year"],
  ["2026-05-01T11:55:00Z", "5 minutes ago"],
  ["2026-05-01T09:00:00Z", "3 hours ago"],
  ["2026-04-30T12:00:00Z", "1 day ago"],
  ["2027-05-01T12:00:00Z", "in 1 year"],
  ["2026-07-15T12:00:00Z", "in 2 months"],
])("%s reads as %s", (at, wanted) => {
  expect(relativeTime(new Date(at), now)).toBe(wanted);
});
