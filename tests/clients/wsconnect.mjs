// What a program does with @nats-io/nats-core over WebSocket.
//
// usage: node --experimental-websocket wsconnect.mjs WS_URL

import { wsconnect } from "@nats-io/nats-core";

const [servers] = process.argv.slice(2);
const nc = await wsconnect({ servers, reconnect: false });
const echo = nc.subscribe("echo", {
  callback: (_error, message) => message.respond(message.data),
});
for (const size of [0, 10, 5_000, 300_000]) {
  const sent = new Uint8Array(size).fill(size % 251);
  const reply = await nc.request("echo", sent, { timeout: 10_000 });
  if (Buffer.compare(reply.data, sent) !== 0) throw new Error(`${size} bytes came back changed`);
}
echo.unsubscribe();
await nc.drain();
console.log("all as expected");
