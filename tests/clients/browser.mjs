// What a page does with @nats-io/nats-core in a real browser: wsconnect, publish, subscribe,
// request, small and large.
//
// usage: browser.mjs WS_URL

import { createServer } from "node:http";
import { createRequire } from "node:module";

const inConsole = createRequire(new URL("../../web-ui/package.json", import.meta.url));
const { build } = inConsole("esbuild");
const { chromium } = inConsole("playwright-core");

const [url] = process.argv.slice(2);
const bundle = await build({
  stdin: { contents: 'export * from "@nats-io/nats-core";', resolveDir: import.meta.dirname },
  bundle: true,
  write: false,
  format: "iife",
  globalName: "nats",
});
const html = "<!doctype html><title>page</title><script src=/nats.js></script>";
const server = createServer((request, response) => {
  const script = request.url === "/nats.js";
  response.setHeader("content-type", script ? "text/javascript" : "text/html");
  response.end(script ? bundle.outputFiles[0].text : html);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  page.setDefaultTimeout(30_000);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const said = await page.evaluate(async (servers) => {
    const nc = await nats.wsconnect({ servers, reconnect: false });
    const echo = nc.subscribe("echo", {
      callback: (_error, message) => message.respond(message.data),
    });
    const sizes = [];
    for (const size of [0, 10, 5_000, 300_000]) {
      const text = "browser ".repeat(size / 8);
      const reply = await nc.request("echo", text, { timeout: 10_000 });
      if (reply.string() !== text) throw new Error(`${size} bytes came back changed`);
      sizes.push(size);
    }
    echo.unsubscribe();
    await nc.drain();
    return `echoed ${sizes}`;
  }, url);
  console.log(said);
  console.log("all as expected");
} finally {
  await browser.close();
  server.close();
}
