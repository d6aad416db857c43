// What an application does with @nats-io/transport-node over TLS, and a device with its
// certificate.
//
// usage: tls.mjs URL CA_FILE [first] [CERT_FILE KEY_FILE]

import { connect } from "@nats-io/transport-node";

const [url, caFile, order, certFile, keyFile] = process.argv.slice(2);
const nc = await connect({
  servers: url,
  reconnect: false,
  tls: { caFile, certFile, keyFile, handshakeFirst: order === "first" },
});
const subscription = nc.subscribe("orders.*", {
  callback: (_error, message) => message.respond(message.data),
});
const sent = new Uint8Array(200_000).fill(7);
const reply = await nc.request("orders.new", sent, { timeout: 10_000 });
if (reply.data.length !== sent.length) throw new Error(`${reply.data.length} bytes came back`);
subscription.unsubscribe();
await nc.drain();
console.log("all as expected");
