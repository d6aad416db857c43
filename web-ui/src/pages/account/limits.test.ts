import { expect, test } from "vitest";
import { bytes } from "./limits";

test.each([
  [-1, "unlimited"],
  [0, "0 B"],
  [1000, "1,000 B"],
  [1024, "1 KiB"],
  [1_048_576, "1 MiB"],
  [1_500_000, "1,500,000 B"],
  [3 * 2 ** 50, "3,072 TiB"],
])("%d bytes read as %s", (limit, wanted) => {
  expect(bytes(limit)).toBe(wanted);
});
