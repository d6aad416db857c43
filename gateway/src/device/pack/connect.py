# pip install nats-py
import asyncio
import ssl

import nats


async def main():
    tls = ssl.create_default_context(cafile="ca.pem")
    tls.load_cert_chain("device.pem", "device.key")
    client = await nats.connect("{url}", tls=tls)
    await client.publish("from.{name}.hello", b"hi")
    await client.drain()


asyncio.run(main())
