/** Ready-to-paste programs for the stock clients: connect, subscribe, publish, print what came. */

export interface Snippet {
  readonly key: string;
  readonly label: string;
  readonly install: string;
  readonly code: string;
}

export interface SnippetFacts {
  /** Address of the broker, such as `nats://localhost:4222`. */
  readonly url: string;
  readonly credsFile: string;
}

/** A file name that is safe in every shell and in every quoted string of the snippets. */
export function credsFileName(account: string, user: string): string {
  const safe = (text: string) => text.replaceAll(/[^A-Za-z0-9_]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return `${safe(account) || "account"}-${safe(user) || "user"}.creds`;
}

export function snippets(facts: SnippetFacts): readonly Snippet[] {
  return [python(facts), node(facts), rust(facts), cli(facts)];
}

function python({ url, credsFile }: SnippetFacts): Snippet {
  return {
    key: "python",
    label: "Python",
    install: "pip install 'nats-py[nkeys]'",
    code: `import asyncio
import nats


async def main():
    nc = await nats.connect(
        "${url}",
        user_credentials="${credsFile}",
    )
    sub = await nc.subscribe("hello.>")
    await nc.publish("hello.world", b"hi")
    msg = await sub.next_msg(timeout=2)
    print(msg.subject, msg.data.decode())
    await nc.drain()


asyncio.run(main())
`,
  };
}

function node({ url, credsFile }: SnippetFacts): Snippet {
  return {
    key: "node",
    label: "Node.js",
    install: "npm install @nats-io/transport-node",
    code: `import { readFile } from "node:fs/promises";
import { connect, credsAuthenticator } from "@nats-io/transport-node";

const nc = await connect({
  servers: "${url}",
  authenticator: credsAuthenticator(await readFile("${credsFile}")),
});
const sub = nc.subscribe("hello.>", { max: 1 });
nc.publish("hello.world", "hi");
for await (const msg of sub) {
  console.log(msg.subject, msg.string());
}
await nc.close();
`,
  };
}

function rust({ url, credsFile }: SnippetFacts): Snippet {
  return {
    key: "rust",
    label: "Rust",
    install: "cargo add async-nats futures-util && cargo add tokio --features full",
    code: `use async_nats::ConnectOptions;
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let options = ConnectOptions::with_credentials_file("${credsFile}").await?;
    let client = options.connect("${url}").await?;
    let mut sub = client.subscribe("hello.>").await?;
    client.publish("hello.world", "hi".into()).await?;
    if let Some(msg) = sub.next().await {
        println!("{} {}", msg.subject, String::from_utf8_lossy(&msg.payload));
    }
    Ok(())
}
`,
  };
}

function cli({ url, credsFile }: SnippetFacts): Snippet {
  return {
    key: "cli",
    label: "nats CLI",
    install: "go install github.com/nats-io/natscli/nats@latest",
    code: `nats --server ${url} --creds ${credsFile} sub 'hello.>' &
nats --server ${url} --creds ${credsFile} pub hello.world hi
`,
  };
}
