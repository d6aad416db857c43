import { expect, test } from "vitest";
import { credsFileName, snippets } from "./snippets";

test.each([
  ["acme", "orders", "acme-orders.creds"],
  ["acme", 'a"; rm -rf /', "acme-a-rm-rf.creds"],
  ["acme", "../../etc/passwd", "acme-etc-passwd.creds"],
  ["acme", "é", "acme-user.creds"],
  ["", "--help", "account-help.creds"],
])("the creds file of %s and %s is %s", (account, user, wanted) => {
  expect(credsFileName(account, user)).toBe(wanted);
});

test("every snippet names the server and the file", () => {
  const all = snippets({ url: "nats://127.0.0.1:4333", credsFile: "acme-orders.creds" });
  expect(all.map((snippet) => snippet.key)).toEqual(["python", "node", "rust", "cli"]);
  for (const { code } of all) {
    expect(code).toContain("nats://127.0.0.1:4333");
    expect(code).toContain("acme-orders.creds");
  }
});
