"""What an application does with nats-py over TLS, and a device with its certificate.

usage: tls.py URL CA_FILE [first] [CERT_FILE KEY_FILE]
"""

import asyncio
import ssl
import sys

import nats


async def main() -> None:
    url, authority, *more = sys.argv[1:]
    context = ssl.create_default_context(cafile=authority)
    first = "first" in more
    device = [word for word in more if word not in ("first", "info")]
    if device:
        context.load_cert_chain(*device)
    nc = await nats.connect(
        url,
        tls=context,
        tls_hostname="localhost",
        tls_handshake_first=first,
        allow_reconnect=False,
    )
    got = asyncio.Queue()

    async def answer(message):
        await got.put(message.data)
        await message.respond(b"answer")

    await nc.subscribe("orders.*", cb=answer)
    reply = await nc.request("orders.new", b"x" * 200_000, timeout=10)
    assert reply.data == b"answer", reply
    assert len(await got.get()) == 200_000
    await nc.drain()
    print("all as expected")


asyncio.run(main())
