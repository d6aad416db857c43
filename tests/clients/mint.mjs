// An operator, its system account, an account and users, minted by an independent library.
// Prints them as JSON.

import { createAccount, createOperator, createUser } from "@nats-io/nkeys";
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from "@nats-io/jwt";

const operator = createOperator();
const system = createAccount();
const account = createAccount();
const signer = createAccount();
const day = Math.floor(Date.now() / 1000) + 86_400;
const limits = {
  subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1, wildcards: true,
};

async function user(name, claims, issuer = account, options = {}) {
  const keys = createUser();
  const jwt = await encodeUser(name, keys, issuer,
    { subs: -1, data: -1, payload: -1, ...claims }, { exp: day, ...options });
  return new TextDecoder().decode(fmtCreds(jwt, keys));
}

console.log(JSON.stringify({
  operator: await encodeOperator("independent", operator,
    { system_account: system.getPublicKey() }),
  system: system.getPublicKey(),
  systemJwt: await encodeAccount("SYS", system, { limits }, { signer: operator }),
  account: account.getPublicKey(),
  accountJwt: await encodeAccount("independent", account,
    { limits, signing_keys: [signer.getPublicKey()] }, { signer: operator }),
  systemCreds: await user("pusher", {}, system),
  creds: await user("plain", {}),
  deniedCreds: await user("denied", { pub: { deny: ["secret.>"] } }),
  signedCreds: await user("signed", { issuer_account: account.getPublicKey() }, signer),
}));
