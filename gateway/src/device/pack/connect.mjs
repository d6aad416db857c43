// npm install @nats-io/transport-node
import { connect } from "@nats-io/transport-node";

const tls = { caFile: "ca.pem", certFile: "device.pem", keyFile: "device.key" };
const client = await connect({ servers: "{url}", tls });
client.publish("from.{name}.hello", "hi");
await client.drain();
