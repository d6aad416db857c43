// What an application does with @nats-io/transport-node and creds files from the API.
//
// usage: scenario.mjs URL OWN_CREDS OTHER_CREDS
// Own and other are users of two tenants; nothing of the first may reach the second.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, credsAuthenticator, headers } from "@nats-io/transport-node";

const PATIENCE = 20_000;

function open(url, creds) {
  const authenticator = credsAuthenticator(readFileSync(creds));
  return connect({ servers: url, authenticator, reconnect: false, timeout: PATIENCE });
}

// Collects what arrives; what was sent before a flush of this connection has arrived after it.
function collect(connection, subject, options = {}) {
  const got = [];
  connection.subscribe(subject, { ...options, callback: (error, message) => {
    assert.ifError(error);
    got.push(message);
  } });
  return got;
}

async function publishAndSubscribe(own) {
  const got = collect(own, "orders.*", { max: 1 });
  const head = headers();
  head.set("Trace", "one");
  own.publish("orders.new", "first", { headers: head });
  own.publish("orders.new", "nobody listens any more");
  await own.flush();
  assert.equal(got.length, 1);
  assert.equal(got[0].subject, "orders.new");
  assert.equal(got[0].string(), "first");
  assert.equal(got[0].headers?.get("Trace"), "one");
}

async function requestAndAnswer(own, other) {
  const service = own.subscribe("service.echo", {
    callback: (_error, message) => message.respond(`re: ${message.string()}`),
  });
  await own.flush();
  const reply = await own.request("service.echo", "hello", { timeout: PATIENCE });
  assert.equal(reply.string(), "re: hello");
  for (const [connection, subject] of [[own, "service.none"], [other, "service.echo"]]) {
    await assert.rejects(connection.request(subject, "?", { timeout: PATIENCE }),
      (error) => error.isNoResponders?.() || /no responders/i.test(String(error)), subject);
  }
  service.unsubscribe();
}

async function queueGroups(own, url, creds) {
  const members = await Promise.all([1, 2, 3].map(() => open(url, creds)));
  const got = members.map((member) => collect(member, "work", { queue: "crew" }));
  await Promise.all(members.map((member) => member.flush()));
  for (let n = 0; n < 90; n++) own.publish("work", String(n));
  await own.flush();
  await Promise.all(members.map((member) => member.flush()));
  const done = got.flat().map((message) => Number(message.string())).sort((a, b) => a - b);
  assert.deepEqual(done, [...Array(90).keys()]);
  await Promise.all(members.map((member) => member.close()));
}

const [url, ownCreds, otherCreds] = process.argv.slice(2);
const own = await open(url, ownCreds);
const other = await open(url, otherCreds);
const spies = ["orders.>", "orders.new", "work"].map((subject) => collect(other, subject));
await other.flush();
await publishAndSubscribe(own);
await requestAndAnswer(own, other);
await queueGroups(own, url, ownCreds);
await other.flush();
assert.deepEqual(spies.map((got) => got.length), [0, 0, 0], "nothing of the other tenant");
await own.drain();
await other.drain();
console.log("all as expected");
