import { expect, test } from "vitest";
import { safeNext } from "./next";

test.each([
  [undefined, "/accounts"],
  ["", "/accounts"],
  ["https://evil.example/", "/accounts"],
  ["//evil.example/", "/accounts"],
  ["/\\evil.example/", "/accounts"],
  ["/.//evil.example/", "/accounts"],
  ["javascript:alert(1)", "/accounts"],
  ["/sign-in?next=%2Fsign-in", "/accounts"],
  ["/accounts/acme/users?x=1", "/accounts/acme/users?x=1"],
])("%s leads to %s", (next, wanted) => {
  expect(safeNext(next)).toBe(wanted);
});
