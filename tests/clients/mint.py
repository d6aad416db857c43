"""An operator, its system account, an account and users, minted by an independent library.

Prints them as JSON, with the same fields as mint.mjs. No signing keys: this library writes them as
an object, which nats-server does not read.
"""

import json
import time

from nats_jwt.nkeys_ext import create_account_pair, create_operator_pair, create_user_pair
from nats_jwt.v2.account_claims import AccountClaims
from nats_jwt.v2.operator_claims import OperatorClaims
from nats_jwt.v2.types import Permission
from nats_jwt.v2.user_claims import UserClaims

DAY = int(time.time()) + 86_400


def public(keys):
    return keys.public_key.decode()


def account_jwt(name, keys, operator):
    return AccountClaims(public(keys), name).encode(operator)


def creds(name, issuer, deny=None):
    keys = create_user_pair()
    claims = UserClaims(public(keys), name=name, exp=DAY)
    if deny is not None:
        claims.nats.pub = Permission(deny=[deny])
    jwt = claims.encode(issuer)
    return "\n".join([
        "-----BEGIN NATS USER JWT-----", jwt, "------END NATS USER JWT------", "",
        "-----BEGIN USER NKEY SEED-----", keys.seed.decode(), "------END USER NKEY SEED------", "",
    ])


operator = create_operator_pair()
system, account = create_account_pair(), create_account_pair()
operator_claims = OperatorClaims(public(operator), "independent")
operator_claims.nats.system_account = public(system)
print(json.dumps({
    "operator": operator_claims.encode(operator),
    "system": public(system),
    "systemJwt": account_jwt("SYS", system, operator),
    "account": public(account),
    "accountJwt": account_jwt("independent", account, operator),
    "systemCreds": creds("pusher", system),
    "creds": creds("plain", account),
    "deniedCreds": creds("denied", account, deny="secret.>"),
    "signedCreds": creds("signed", account),
    "operatorSeed": operator.seed.decode(),
    "systemSeed": system.seed.decode(),
    "accountSeed": account.seed.decode(),
}))
