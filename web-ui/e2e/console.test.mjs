/**
 * The console in a real browser against a running Tidegate: TIDEGATE_URL is its address,
 * TIDEGATE_TOKEN a platform admin's token. Every test makes its own accounts.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import {
  assertAccessible,
  BASE_URL,
  createAccount,
  openBrowser,
  openPage,
  picture,
  post,
  signIn,
  TOKEN,
} from "./browser.mjs";

const CREDS = new RegExp(
  [
    "^-----BEGIN NATS USER JWT-----",
    "[\\w-]+\\.[\\w-]+\\.[\\w-]+",
    "-+END NATS USER JWT-+",
    "[^]*-----BEGIN USER NKEY SEED-----",
    "SU[A-Z2-7]{56}",
    "-+END USER NKEY SEED-+\\s*$",
  ].join("\n"),
);

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
/** @type {import("playwright-core").Page} */
let page;
/** @type {string[]} */
let faults;

before(async () => {
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
});

beforeEach(async () => {
  ({ page, faults } = await openPage(browser.context));
});

afterEach(async () => {
  const seen = faults;
  await page.close();
  assert.deepEqual(seen, [], "the browser saw no fault");
});

/** @param {string} stem */
function unique(stem) {
  return `${stem}-${randomBytes(4).toString("hex")}`;
}

/** @param {string} name */
function dialog(name) {
  return page.getByRole("dialog", { name });
}

async function signedIn() {
  await signIn(page);
  await page.getByRole("heading", { level: 1, name: "Accounts" }).waitFor();
}

test("a wrong token is refused with words that help, and is not kept", async () => {
  for (const wrong of ["tg_wrong", "falsch-ü", `${TOKEN}x`]) {
    await signIn(page, wrong);
    await page.getByText("That token is not valid").waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
  }
  await picture(page, "sign-in-refused");
  await assertAccessible(page, "the refused sign-in");
});

test("an empty token is asked for without a request", async () => {
  await signIn(page, " ");
  await page.getByText("Enter the token.").waitFor();
});

test("a page asked for before signing in is shown after it", async () => {
  await page.goto(`${BASE_URL}/system`);
  await page.waitForURL("**/sign-in?next=*");
  await picture(page, "sign-in");
  await page.getByRole("button", { name: "Use a token" }).click();
  await page.getByLabel("API token").fill(TOKEN);
  await page.getByLabel("API token").press("Enter");
  await page.waitForURL(`${BASE_URL}/system`);
  await page.getByRole("heading", { level: 1, name: "System" }).waitFor();
  await page.getByRole("cell", { name: "connected", exact: true }).first().waitFor();
  await picture(page, "system");
  await assertAccessible(page, "the system page");
});

test("the token lives in this tab only, and signing out forgets it", async () => {
  await signedIn();
  const kept = await page.evaluate(() => ({
    session: Object.values({ ...sessionStorage }),
    local: Object.values({ ...localStorage }),
    cookie: document.cookie,
  }));
  assert.deepEqual(kept, { session: [TOKEN], local: [], cookie: "" });

  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Accounts" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.goto(`${BASE_URL}/accounts`);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});

test("a session whose token no longer counts ends at the sign-in page", async () => {
  await signedIn();
  await page.evaluate(() => {
    const [name] = Object.keys({ ...sessionStorage });
    if (name) sessionStorage.setItem(name, "tg_revoked");
  });
  await page.reload();
  await page.getByText("Your session ended").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test("an account and a user are created, and the creds are given once", async () => {
  await signedIn();
  await picture(page, "accounts");
  const account = unique("acme");
  await createAccount(page, account);
  await page.getByText("No users yet").waitFor();
  await picture(page, "account-empty");
  await assertAccessible(page, "an account without users");

  await page.getByRole("button", { name: "Create user" }).click();
  await picture(page, "create-user");
  await assertAccessible(page, "the create-user dialog");
  await dialog("Create user").getByLabel("Name").fill("orders");
  await dialog("Create user").getByRole("button", { name: "Create user" }).click();

  const shown = dialog("Credentials of orders");
  await shown.getByText("These credentials are shown only now.").waitFor();
  await picture(page, "creds");
  await assertAccessible(page, "the credentials dialog");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    shown.getByRole("button", { name: /^Download/ }).click(),
  ]);
  assert.equal(download.suggestedFilename(), `${account}-orders.creds`);
  const creds = await readFile(await download.path(), "utf8");
  assert.match(creds, CREDS);

  await shown.getByRole("button", { name: "Copy credentials" }).click();
  await shown.getByText("Copied", { exact: true }).first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), creds);

  for (const { tab, text } of [
    { tab: "Python", text: "user_credentials" },
    { tab: "Node.js", text: "credsAuthenticator" },
    { tab: "Rust", text: "with_credentials_file" },
  ]) {
    await shown.getByRole("tab", { name: tab }).click();
    const panel = (await shown.getByRole("tabpanel").textContent()) ?? "";
    assert.ok(panel.includes(text), panel);
    assert.ok(panel.includes(`${account}-orders.creds`), panel);
    assert.match(panel, /nats:\/\/[\w.-]+:\d+/);
  }
  await shown.getByRole("button", { name: "Done" }).click();
  await shown.waitFor({ state: "hidden" });
  await page.getByRole("cell", { name: /^orders/ }).waitFor();
  await picture(page, "users");
  await assertAccessible(page, "the users");

  const seed = /SU[A-Z2-7]{56}/.exec(creds)?.[0] ?? "no seed";
  assert.ok(!(await page.content()).includes(seed), "the seed left the page with the dialog");
});

test("leaving unsaved credentials asks back", async () => {
  await signedIn();
  await createAccount(page, unique("acme"));
  await page.getByRole("button", { name: "Create user" }).click();
  await dialog("Create user").getByLabel("Name").fill("careless");
  await page.keyboard.press("Enter");
  const shown = dialog("Credentials of careless");
  await shown.waitFor();
  await page.keyboard.press("Escape");
  await shown.getByText("Not saved yet.").waitFor();
  await shown.getByRole("button", { name: "Keep open" }).click();
  await shown.getByRole("button", { name: "Done" }).click();
  await shown.getByRole("button", { name: "Close without saving" }).click();
  await shown.waitFor({ state: "hidden" });
});

test("refusals stand beside their field, with title, detail and request id", async () => {
  await signedIn();
  await createAccount(page, unique("acme"));
  await page.getByRole("button", { name: "Create user" }).click();
  const form = dialog("Create user");
  await form.getByRole("button", { name: "Create user" }).click();
  await form.getByText("Enter a name.").waitFor();
  await form.getByLabel("Name").fill("box.*");
  await form.getByRole("button", { name: "Create user" }).click();
  const name = form.getByLabel("Name");
  await form.getByRole("alert").waitFor();
  assert.equal(await name.getAttribute("aria-invalid"), "true");
  assert.match((await form.locator(".field-error").textContent()) ?? "", /token/);
  assert.match((await form.getByRole("alert").textContent()) ?? "", /Request id \S+/);
  await picture(page, "refused");
  await assertAccessible(page, "a refused form");
});

test("a taken slug is refused", async () => {
  await signedIn();
  const account = unique("acme");
  await createAccount(page, account);
  await page.getByRole("link", { name: "Accounts" }).first().click();
  await page.getByRole("link", { name: account }).waitFor();
  await page.getByRole("button", { name: "Create account" }).click();
  const form = dialog("Create account");
  await form.getByLabel("Name").fill(account);
  await form.getByRole("button", { name: "Create account" }).click();
  await form.getByRole("alert").waitFor();
  await form.getByRole("button", { name: "Cancel" }).click();
  await form.waitFor({ state: "hidden" });
});

test("a user with a key of its own gets a token and no secret", async () => {
  await signedIn();
  const account = unique("acme");
  await post("/accounts", { name: account });
  const { public_key: publicKey } = await post(`/accounts/${account}/users`, { name: "first" });
  const other = unique("globex");
  await createAccount(page, other);
  await page.getByRole("button", { name: "Create user" }).click();
  const form = dialog("Create user");
  await form.getByLabel("Name").fill("own-key");
  await form.getByText("Use a key of my own").click();
  await form.getByLabel("Public user key").fill(publicKey);
  await form.getByRole("button", { name: "Create user" }).click();
  const shown = dialog("Token of own-key");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    shown.getByRole("button", { name: /^Download/ }).click(),
  ]);
  assert.equal(download.suggestedFilename(), `${other}-own-key.jwt`);
  assert.match(await readFile(await download.path(), "utf8"), /^[\w-]+\.[\w-]+\.[\w-]+$/);
  await shown.getByRole("button", { name: "Done" }).click();
  await page.getByRole("cell", { name: /^own-key/ }).waitFor();
});

test("permissions are set with the user and told in the list", async () => {
  await signedIn();
  await createAccount(page, unique("acme"));
  await page.getByRole("button", { name: "Create user" }).click();
  const form = dialog("Create user");
  await form.getByLabel("Name").fill("narrow");
  await form.getByText("Permissions", { exact: true }).click();
  await form.getByLabel("May publish to").fill("orders.>\naudit.in");
  await form.getByLabel("Except publishing to").fill("orders.secret");
  await picture(page, "permissions");
  await assertAccessible(page, "the permissions");
  await form.getByRole("button", { name: "Create user" }).click();
  const shown = dialog("Credentials of narrow");
  await shown.getByRole("button", { name: "Done" }).click();
  await shown.getByRole("button", { name: "Close without saving" }).click();
  const row = page.getByRole("row", { name: /^narrow/ });
  await row.getByText("publish orders.>, audit.in except orders.secret").waitFor();
});

test("a key that is bound to one account sees only that account", async () => {
  const [own, other] = [unique("acme"), unique("globex")];
  await post("/accounts", { name: own });
  await post("/accounts", { name: other });
  const { token } = await post("/api-keys", { name: "tenant", account: own });
  await signIn(page, token);
  await page.getByRole("link", { name: own }).waitFor();
  assert.equal(await page.getByRole("link", { name: other }).count(), 0);
  await page.getByText("Account admin").waitFor();
  assert.equal(await page.getByRole("button", { name: "Create account" }).count(), 0);
  await page.goto(`${BASE_URL}/accounts/${other}/users`);
  await page.getByText("There is no such account").waitFor();
});

test("a user is deleted after a question", async () => {
  await signedIn();
  await createAccount(page, unique("acme"));
  await page.getByRole("button", { name: "Create user" }).click();
  await dialog("Create user").getByLabel("Name").fill("leaver");
  await page.keyboard.press("Enter");
  await dialog("Credentials of leaver").getByRole("button", { name: "Copy credentials" }).click();
  await dialog("Credentials of leaver").getByText("Copied", { exact: true }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete leaver" }).click();
  await picture(page, "delete-user");
  await dialog("Delete leaver?").getByRole("button", { name: "Delete user" }).click();
  await page.getByText("User leaver deleted").waitFor();
  await page.getByRole("button", { name: "Delete leaver" }).waitFor({ state: "hidden" });
});

test("a subject is exported by one account and imported by another, live", async () => {
  await signedIn();
  const acme = unique("acme");
  const globex = unique("globex");
  await createAccount(page, acme);
  await page.getByRole("link", { name: "Sharing" }).click();
  await page.getByText("Nothing is exported").waitFor();
  await page.getByRole("button", { name: "Create export" }).click();
  const exporting = dialog("Create export");
  await exporting.getByLabel("Subject", { exact: true }).fill("orders.>");
  await exporting.getByLabel("Public").check();
  await picture(page, "create-export");
  await assertAccessible(page, "the create-export dialog");
  await exporting.getByRole("button", { name: "Create export" }).click();
  const exported = page.getByRole("row", { name: /orders\.>/ });
  await exported.getByText("every account").waitFor();
  await exported.getByText("live", { exact: true }).waitFor();

  await createAccount(page, globex);
  await page.getByRole("link", { name: "Sharing" }).click();
  await page.getByRole("button", { name: "Create import" }).click();
  const importing = dialog("Create import");
  await importing.getByRole("combobox", { name: "Exporting account" }).fill(acme);
  await importing.getByLabel("Subject", { exact: true }).fill("orders.>");
  await importing.getByLabel("Subject in this account").fill("acme.orders.>");
  await picture(page, "create-import");
  await assertAccessible(page, "the create-import dialog");
  await importing.getByRole("button", { name: "Create import" }).click();
  const imported = page.getByRole("row", { name: /acme\.orders\.>/ });
  await imported.getByText("live", { exact: true }).waitFor();
  assert.match((await imported.textContent()) ?? "", new RegExp(acme));
  await picture(page, "sharing");
  await assertAccessible(page, "the sharing page");

  await page.getByRole("button", { name: "Delete import acme.orders.>" }).click();
  await dialog("Stop importing orders.>?").getByRole("button", { name: "Delete import" }).click();
  await page.getByText("Nothing is imported").waitFor();
});

test("a private export is imported by the accounts that it names, and by no other", async () => {
  await signedIn();
  const [acme, globex, initech] = [unique("acme"), unique("globex"), unique("initech")];
  for (const name of [acme, globex, initech]) await post("/accounts", { name });
  await page.goto(`${BASE_URL}/accounts/${acme}/sharing`);
  await page.getByRole("button", { name: "Create export" }).click();
  const exporting = dialog("Create export");
  await exporting.getByLabel("Subject", { exact: true }).fill("prices.get");
  await exporting.getByLabel("Service").check();
  await exporting.getByLabel("Accounts that may import it").fill(globex);
  await exporting.getByRole("button", { name: "Create export" }).click();
  await page
    .getByRole("row", { name: /prices\.get/ })
    .getByText(globex)
    .waitFor();

  for (const importer of [initech, globex]) {
    await page.goto(`${BASE_URL}/accounts/${importer}/sharing`);
    await page.getByRole("button", { name: "Create import" }).click();
    const importing = dialog("Create import");
    await importing.getByRole("combobox", { name: "Exporting account" }).fill(acme);
    await importing.getByLabel("Subject", { exact: true }).fill("prices.get");
    await importing.getByLabel("Service").check();
    await importing.getByRole("button", { name: "Create import" }).click();
    if (importer === initech) await importing.getByRole("alert").waitFor();
  }
  await page
    .getByRole("row", { name: /prices\.get/ })
    .getByText("live", { exact: true })
    .waitFor();
});

test("an import of what nobody exports is refused in the dialog", async () => {
  await signedIn();
  const account = unique("acme");
  await createAccount(page, account);
  await page.getByRole("link", { name: "Sharing" }).click();
  await page.getByRole("button", { name: "Create import" }).click();
  const importing = dialog("Create import");
  await importing.getByRole("combobox", { name: "Exporting account" }).fill(unique("nobody"));
  await importing.getByLabel("Subject", { exact: true }).fill("orders.>");
  await importing.getByRole("button", { name: "Create import" }).click();
  await importing.getByRole("alert").waitFor();
});

test("the account's connect and detail pages tell what a client needs", async () => {
  await signedIn();
  const account = unique("acme");
  await createAccount(page, account);
  await page.getByRole("link", { name: "Connect" }).click();
  await page
    .getByText(/^nats:\/\//)
    .first()
    .waitFor();
  await picture(page, "connect");
  await assertAccessible(page, "the connect page");
  await page.getByRole("link", { name: "Details" }).click();
  await page.getByText(/^A[A-Z2-7]{55}$/).waitFor();
  await page.getByText(/^acct_/).waitFor();
  await picture(page, "details");
  await assertAccessible(page, "the details page");

  await page.getByRole("button", { name: "Delete account" }).click();
  const deleting = dialog(`Delete ${account}?`);
  await deleting.getByRole("button", { name: "Delete account" }).click();
  await deleting.getByText(`Type ${account} exactly.`).waitFor();
  await deleting.getByLabel(`Type ${account} to confirm`).fill(account);
  await deleting.getByRole("button", { name: "Delete account" }).click();
  await page.waitForURL(`${BASE_URL}/accounts`);
  await page.getByRole("link", { name: account }).waitFor({ state: "hidden" });
});

test("unknown addresses and accounts say so", async () => {
  await signedIn();
  await page.goto(`${BASE_URL}/accounts/no-such-account/users`);
  await page.getByText("There is no such account").waitFor();
  await page.goto(`${BASE_URL}/nowhere`);
  await page.getByText("There is no page at this address").waitFor();
});

test("dark is dark, by the system and by choice, and stays chosen", async () => {
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await signedIn();
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await background();
  assert.notEqual(light, dark);

  await page.getByRole("button", { name: "Light theme" }).click();
  assert.equal(await background(), light);
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("button", { name: "Dark theme" }).click();
  assert.equal(await background(), dark);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Accounts" }).waitFor();
  assert.equal(await background(), dark);
  await picture(page, "dark-accounts");
  await assertAccessible(page, "the accounts in the dark");

  await createAccount(page, unique("acme"));
  await page.getByRole("button", { name: "Create user" }).click();
  await dialog("Create user").getByLabel("Name").fill("night");
  await page.keyboard.press("Enter");
  await dialog("Credentials of night").waitFor();
  await picture(page, "dark-creds");
  await assertAccessible(page, "the credentials in the dark");
  await dialog("Credentials of night").getByRole("button", { name: "Copy credentials" }).click();
  await dialog("Credentials of night").getByText("Copied", { exact: true }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Theme as the system" }).click();
  assert.equal(await background(), light);
});

test("the keyboard alone creates an account, and the focus comes back", async () => {
  await signedIn();
  await page.getByRole("button", { name: "Create account" }).focus();
  await page.keyboard.press("Enter");
  await dialog("Create account").waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("name"));
  assert.equal(await focused(), "name");
  await page.keyboard.press("Escape");
  await dialog("Create account").waitFor({ state: "hidden" });
  const text = await page.evaluate(() => document.activeElement?.textContent);
  assert.equal(text, "Create account");

  const account = unique("keys");
  await page.keyboard.press("Enter");
  await page.keyboard.type(account);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/accounts/${account}/users`);
});

test("the pages fit a phone", async () => {
  await page.setViewportSize({ width: 390, height: 780 });
  await signedIn();
  await createAccount(page, unique("small"));
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  for (const tab of ["Users", "Sharing", "Connect", "Details"]) {
    await page.getByRole("link", { name: tab }).click();
    await page.getByRole("heading", { level: 2 }).first().waitFor();
    assert.ok((await overflow()) <= 0, `${tab} is wider than the screen`);
  }
  await picture(page, "phone");
});
