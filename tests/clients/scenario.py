"""What an application does with nats-py and creds files from the API.

usage: scenario.py URL OWN_CREDS OTHER_CREDS
Own and other are users of two tenants; nothing of the first may reach the second.
"""

import asyncio
import sys

import nats
from nats.errors import NoRespondersError

PATIENCE = 20


async def publish_and_subscribe(own, spies):
    got = await own.subscribe("orders.*")
    await own.publish("orders.new", b"first", headers={"Trace": "one"})
    message = await got.next_msg(timeout=PATIENCE)
    assert message.subject == "orders.new", message.subject
    assert message.data == b"first", message.data
    assert message.headers == {"Trace": "one"}, message.headers
    await got.unsubscribe()
    await own.publish("orders.new", b"nobody listens")
    await silent(spies)


async def request_and_answer(own, other, spies):
    async def answer(message):
        await message.respond(b"re: " + message.data)

    service = await own.subscribe("service.echo", cb=answer)
    await own.flush()
    reply = await own.request("service.echo", b"hello", timeout=PATIENCE)
    assert reply.data == b"re: hello", reply.data
    for connection, subject in ((own, "service.none"), (other, "service.echo")):
        try:
            await connection.request(subject, b"anybody?", timeout=PATIENCE)
            raise AssertionError(f"{subject} was answered")
        except NoRespondersError:
            pass
    await service.unsubscribe()
    await silent(spies)


async def queue_groups(own, url, creds):
    members = [await connect(url, creds) for _ in range(3)]
    subscriptions = [await member.subscribe("work", queue="crew") for member in members]
    for member in members:
        await member.flush()
    for n in range(90):
        await own.publish("work", str(n).encode())
    await own.flush()
    done = []
    for member, subscription in zip(members, subscriptions):
        await member.flush()
        mine = [await subscription.next_msg(timeout=PATIENCE)
                for _ in range(subscription.pending_msgs)]
        done += [int(message.data) for message in mine]
        await member.close()
    assert sorted(done) == list(range(90)), sorted(done)


async def silent(spies):
    """What was sent to them before their own flush is answered has arrived by then."""
    for connection, subscription in spies:
        await connection.flush()
        assert subscription.pending_msgs == 0, "a message of another tenant arrived"


async def connect(url, creds):
    return await nats.connect(url, user_credentials=creds, connect_timeout=PATIENCE,
                              allow_reconnect=False)


async def main(url, own_creds, other_creds):
    own, other = await connect(url, own_creds), await connect(url, other_creds)
    spies = [(other, await other.subscribe(subject))
             for subject in ("orders.>", "orders.new", "work")]
    await other.flush()
    await publish_and_subscribe(own, spies)
    await request_and_answer(own, other, spies)
    await queue_groups(own, url, own_creds)
    await silent(spies)
    await own.drain()
    await other.drain()
    print("all as expected")


asyncio.run(main(*sys.argv[1:]))
