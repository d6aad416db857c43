import { expect, test } from "vitest";
import { permissionSummary, permissionsOf, subjectsOf } from "./permissions";

test("subjects are separated by lines and commas", () => {
  expect(subjectsOf("orders.>\r\n  a.b, c.*\n\nq.>   workers")).toEqual([
    "orders.>",
    "a.b",
    "c.*",
    "q.> workers",
  ]);
  expect(subjectsOf(undefined)).toEqual([]);
});

test("a form without rules asks for no permissions", () => {
  expect(permissionsOf({ publishAllow: "  ", subscribeDeny: undefined })).toBeUndefined();
});

test("only the restricted side is sent", () => {
  expect(permissionsOf({ publishAllow: "orders.>", publishDeny: "orders.secret" })).toEqual({
    publish: { allow: ["orders.>"], deny: ["orders.secret"] },
  });
});

test("a summary names both sides", () => {
  expect(permissionSummary({ publish: { allow: [] } })).toBe("publish nothing");
  expect(permissionSummary({ publish: {}, subscribe: {} })).toBe("all subjects of the account");
  expect(permissionSummary({})).toBe("all subjects of the account");
  expect(
    permissionSummary({
      publish: { allow: ["orders.>"], deny: ["orders.secret"] },
      subscribe: { deny: ["audit.>"] },
    }),
  ).toBe("publish orders.> except orders.secret · subscribe all except audit.>");
});

test("a deny alone leaves the allow list out, for an empty one allows nothing", () => {
  expect(permissionsOf({ subscribeDeny: "audit.>" })).toEqual({ subscribe: { deny: ["audit.>"] } });
});
