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

const seed = (keys) => new TextDecoder().decode(keys.getSeed());
// An account with some of everything, and what takes something from it.
const rich = createAccount();
const role = createAccount();
const taker = createAccount();
const revoked = createUser();

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
  operatorSeed: seed(operator),
  systemSeed: seed(system),
  accountSeed: seed(account),
  signerSeed: seed(signer),
  rich: rich.getPublicKey(),
  richSeed: seed(rich),
  richJwt: await encodeAccount("Rich Account", rich, {
    limits,
    signing_keys: [{
      kind: "user_scope", key: role.getPublicKey(), role: "sensor",
      template: {
        pub: { allow: ["sensor.{{name()}}"] }, sub: { allow: ["_INBOX.>"] },
        subs: 7, data: -1, payload: -1,
      },
    }],
    exports: [
      { name: "news", subject: "news.>", type: "stream" },
      { name: "time", subject: "time", type: "service", response_type: "Singleton",
        service_latency: { sampling: 100, results: "latency" } },
    ],
    mappings: { "old.*": [{ subject: "new.{{wildcard(1)}}" }] },
    default_permissions: { pub: { deny: ["forbidden"] }, sub: {} },
    revocations: { [revoked.getPublicKey()]: day },
    description: "of everything",
  }, { signer: operator }),
  roleSeed: seed(role),
  sensorCreds: await user("sensor-1",
    { issuer_account: rich.getPublicKey(), subs: 0, data: 0, payload: 0 }, role),
  richCreds: await user("rich", {}, rich),
  revokedCreds: new TextDecoder().decode(fmtCreds(
    await encodeUser("revoked", revoked, rich, { subs: -1, data: -1, payload: -1 }, { exp: day }),
    revoked)),
  takerSeed: seed(taker),
  takerJwt: await encodeAccount("taker", taker, {
    limits,
    imports: [{ name: "news", subject: "news.>", account: rich.getPublicKey(), type: "stream",
      local_subject: "rich.news.>" }],
  }, { signer: operator }),
  takerCreds: await user("taker", {}, taker),
}));
