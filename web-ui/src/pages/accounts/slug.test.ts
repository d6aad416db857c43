import { expect, test } from "vitest";
import { slugFrom } from "./slug";

test.each([
  ["acme", "acme"],
  ["Acme, Inc. (dev)", "acme-inc-dev"],
  ["  Globex  ", "globex"],
  ["1st", undefined],
  ["a", undefined],
  ["é", undefined],
  ["", undefined],
  ["a".repeat(64), undefined],
])("%s gives the slug %s", (name, slug) => {
  expect(slugFrom(name)).toBe(slug);
});
