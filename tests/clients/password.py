"""A stock client that knows a user name and a password, and nothing of tokens.

usage: password.py URL
Prints who it is; with a wrong password it must be refused.
"""

import asyncio
import json
import sys

import nats

PATIENCE = 20


async def connect(url, password):
    return await nats.connect(
        url, user="dlc", password=password, allow_reconnect=False, connect_timeout=PATIENCE,
    )


async def main(url):
    client = await connect(url, "right")
    answer = await client.request("$SYS.REQ.USER.INFO", timeout=PATIENCE)
    print(json.dumps(json.loads(answer.data)["data"]))
    await client.close()
    try:
        await connect(url, "wrong")
    except nats.errors.Error as refusal:
        assert "authorization violation" in str(refusal).lower(), refusal
    else:
        raise AssertionError("a wrong password was let in")


asyncio.run(main(sys.argv[1]))
