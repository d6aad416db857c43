"""A stock client that logs in with what a config file names: password, token, nkey.

usage: logins.py URL password|token|nkey SECRET WRONG_SECRET
The user with a password is called "a". Prints who it is; with the wrong secret, and without any,
it must be refused.
"""

import asyncio
import json
import sys

import nats

PATIENCE = 20


async def whoami(url, **credentials):
    client = await nats.connect(
        url, allow_reconnect=False, connect_timeout=PATIENCE, **credentials
    )
    answer = await client.request("$SYS.REQ.USER.INFO", timeout=PATIENCE)
    await client.close()
    return json.loads(answer.data)["data"]["user"]


async def refused(url, **credentials):
    try:
        await whoami(url, **credentials)
    except nats.errors.Error as refusal:
        assert "authorization violation" in str(refusal).lower(), refusal
    else:
        raise AssertionError("let in")


async def main(url, kind, secret, wrong):
    make = {
        "password": lambda text: {"user": "a", "password": text},
        "token": lambda text: {"token": text},
        "nkey": lambda text: {"nkeys_seed_str": text},
    }[kind]
    print(await whoami(url, **make(secret)))
    await refused(url, **make(wrong))
    await refused(url)


asyncio.run(main(*sys.argv[1:]))
