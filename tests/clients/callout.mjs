// An auth callout service as an application would write it: opens sealed requests, lets `dlc` in
// with the password `right`, and answers sealed. Ends when it has let in one and refused one.
//
// usage: callout.mjs URL CREDS ACCOUNT_SEED CURVE_SEED [ACCOUNT]
// ACCOUNT: whose signing key ACCOUNT_SEED is; without it, the seed is the account's own.

import { readFileSync } from "node:fs";
import { decode, encodeAuthorizationResponse, encodeUser } from "@nats-io/jwt";
import { fromCurveSeed, fromSeed } from "@nats-io/nkeys";
import { connect, credsAuthenticator } from "@nats-io/transport-node";

const [url, creds, accountSeed, curveSeed, issuer_account] = process.argv.slice(2);
const bytes = new TextEncoder();
const account = fromSeed(bytes.encode(accountSeed));
const curve = fromCurveSeed(bytes.encode(curveSeed));
const limits = { subs: -1, data: -1, payload: -1, issuer_account };

const nc = await connect({
  servers: url,
  authenticator: credsAuthenticator(readFileSync(creds)),
});
const answered = { in: 0, out: 0 };
for await (const message of nc.subscribe("$SYS.REQ.USER.AUTH")) {
  const server = message.headers.get("Nats-Server-Xkey");
  const opened = curve.open(message.data, server);
  if (opened === null) throw new Error("the request was not sealed for this key");
  const { nats } = decode(new TextDecoder().decode(opened));
  const { user, pass } = nats.connect_opts;
  const welcome = user === "dlc" && pass === "right";
  const answer = welcome
    ? { jwt: await encodeUser(user, nats.user_nkey, account, limits), issuer_account }
    : { error: "who are you?", issuer_account };
  const token = await encodeAuthorizationResponse(
    nats.user_nkey, nats.server_id.id, account, answer, {},
  );
  message.respond(curve.seal(bytes.encode(token), server));
  answered[welcome ? "in" : "out"] += 1;
  if (answered.in && answered.out) break;
}
await nc.drain();
console.log("all as expected");
