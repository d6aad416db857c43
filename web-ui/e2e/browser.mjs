/** Starts Chromium for the tests and holds the few verbs that they share. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const WAIT_MS = 15_000;

/** @param {string} name */
function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start tidegate and pass its address and token`);
  return value;
}

export const BASE_URL = required("TIDEGATE_URL").replace(/\/$/, "");
export const TOKEN = required("TIDEGATE_TOKEN");

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), {
  encoding: "utf8",
});

/**
 * A browser with a profile of its own, which `close` removes.
 * @typedef {import("playwright-core").BrowserContext} Context
 * @returns {Promise<{ context: Context, close: () => Promise<void> }>}
 */
export async function openBrowser() {
  const profile = await mkdtemp(join(tmpdir(), "tidegate-e2e-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    acceptDownloads: true,
    viewport: { width: 1280, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  context.setDefaultTimeout(WAIT_MS);
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/**
 * A page that remembers what must never happen: uncaught errors, refused scripts, requests to
 * other hosts, the token in an address.
 * @param {import("playwright-core").BrowserContext} context
 */
export async function openPage(context) {
  const page = await context.newPage();
  /** @type {string[]} */
  const faults = [];
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // Chromium reports every refused request as an error; refusals are part of the tests.
    if (message.type() === "error" && !text.startsWith("Failed to load resource"))
      faults.push(text);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(BASE_URL) && !/^(blob|data):/.test(url)) faults.push(`request to ${url}`);
    if (url.includes(TOKEN)) faults.push("the token is part of an address");
  });
  return { page, faults };
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} token
 */
export async function signIn(page, token = TOKEN) {
  await page.goto(`${BASE_URL}/`);
  await page.getByRole("button", { name: "Use a token" }).click();
  await page.getByLabel("API token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/**
 * Creates an account by the console; ends on its page.
 * @param {import("playwright-core").Page} page
 * @param {string} slug
 */
export async function createAccount(page, slug) {
  await page.getByRole("link", { name: "Accounts" }).first().click();
  await page.getByRole("button", { name: "Create account" }).click();
  const dialog = page.getByRole("dialog", { name: "Create account" });
  await dialog.getByLabel("Name").fill(slug);
  await dialog.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL(`**/accounts/${slug}/users`);
  await page.getByRole("heading", { level: 1, name: slug }).waitFor();
}

/**
 * Asks the API itself, for what a test needs and the console does not offer.
 * @param {string} path
 * @param {unknown} body
 */
export async function post(path, body) {
  const response = await fetch(`${BASE_URL}/api/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  assert.equal(response.status, 201, JSON.stringify(answer));
  return answer;
}

/**
 * Fails when axe finds a WCAG A or AA violation on the page as it is now.
 * @param {import("playwright-core").Page} page
 * @param {string} what
 */
export async function assertAccessible(page, what) {
  // Through the debugger, not a script element: the page's policy allows no inline scripts.
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const { axe } = /** @type {any} */ (globalThis);
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const results = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    return results.violations.map((/** @type {any} */ violation) => ({
      rule: violation.id,
      nodes: violation.nodes.map(
        (/** @type {any} */ node) => `${node.html} ${node.failureSummary}`,
      ),
    }));
  });
  assert.deepEqual(violations, [], `accessibility of ${what}`);
}

/**
 * Keeps a picture when TIDEGATE_SCREENSHOTS names a directory.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function picture(page, name) {
  const directory = process.env.TIDEGATE_SCREENSHOTS;
  if (!directory) return;
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
