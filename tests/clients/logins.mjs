// A stock client that logs in with what a config file names: password, token, nkey.
//
// usage: logins.mjs URL password|token|nkey SECRET WRONG_SECRET
// The user with a password is called "a". Prints who it is; with the wrong secret, and without any,
// it must be refused.

import assert from "node:assert";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";

const [servers, kind, secret, wrong] = process.argv.slice(2);
const make = {
  password: (text) => ({ user: "a", pass: text }),
  token: (text) => ({ token: text }),
  nkey: (text) => ({ authenticator: nkeyAuthenticator(new TextEncoder().encode(text)) }),
}[kind];

async function whoami(credentials) {
  const client = await connect({ servers, reconnect: false, timeout: 20_000, ...credentials });
  const answer = await client.request("$SYS.REQ.USER.INFO", "", { timeout: 20_000 });
  await client.close();
  return answer.json().data.user;
}

console.log(await whoami(make(secret)));
for (const credentials of [make(wrong), {}]) {
  await assert.rejects(whoami(credentials), /authorization violation/i);
}
