"""Hooks of schemathesis: a caller, and for every operation a call that is meant to work.

Things that a call needs are made for it by an administrator. Calls that schemathesis makes up go to
the same things, unless they would end them. What was asked and answered is written to the file
"log", an operation and a status a line. `CONTRACT` names a JSON file with all that is given.
"""

import asyncio
import base64
import hmac
import json
import os
import random
import re
import threading
import time
import urllib.error
import urllib.request

import nats
import schemathesis

with open(os.environ["CONTRACT"], encoding="utf8") as file:
    GIVEN = json.load(file)
PASSWORD = "correct horse battery"
ROLE = "account_observer"
numbers = iter(range(1, 1_000_000))


# --- What is asked by the administrator -----------------------------------------------------------


def ask(method, path, body=None, headers=None):
    """Asks as the administrator, or as whoever the headers say; gives body and headers."""
    headers = headers or {"authorization": f"Bearer {GIVEN['admin']}"}
    headers = {"if-match": "*", "content-type": "application/json", **headers}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{GIVEN['url']}/api/v1{path}", data, headers, method=method
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
        return (json.loads(text) if text else None), answer.headers


def made(path, body):
    return ask("POST", path, body)[0]


def name():
    return f"{GIVEN['round'].replace('_', '-')}-{next(numbers)}"


def user(account="acme"):
    return made(f"/accounts/{account}/users", {"name": name()})


def role():
    return made("/accounts/acme/roles", {"name": name()})


def export(account, **more):
    body = {"subject": f"{name()}.a", "kind": "stream", **more}
    return made(f"/accounts/{account}/exports", body)


def wanted(importer, exporter):
    """A request of one account to another."""
    offered = export(exporter, advertised=True)
    body = {"account": exporter, "kind": "stream", "subject": offered["subject"]}
    return made(f"/accounts/{importer}/import-requests", body)


def device(token_settings=None):
    """A device of acme's; pending if its token says so."""
    token = made(
        "/accounts/acme/enrolment-tokens", {"role": "sensor", **(token_settings or {})}
    )
    body = {"token": token["token"], "csr": GIVEN["csrs"].pop()}
    return ask("POST", "/enroll", body, {"x-none": "x"})[0]


def invitation():
    body = {"email": f"{name()}@example.org", "role": ROLE, "account": "acme"}
    return made("/invitations", body)


def enter(link, who="Ada"):
    """Accepts an invitation; gives the person and the headers of the session."""
    body = {"token": link["token"], "name": who, "password": PASSWORD}
    return session(*ask("POST", "/invitations/accept", body, {"x-none": "x"}))


def session(identity, headers):
    cookie = headers["set-cookie"].split(";")[0]
    csrf = identity["session"]["csrf_token"]
    return identity, {"cookie": cookie, "x-csrf-token": csrf}


def deleted_account():
    account = made("/accounts", {"name": name()})
    ask("DELETE", f"/accounts/{account['id']}")
    return account


def connection():
    """A connection of a user of acme's, which stays open."""
    creds = user()
    ready = threading.Event()

    async def hold():
        client = await nats.connect(
            GIVEN["nats"],
            user_credentials=creds_file(creds),
            allow_reconnect=False,
            error_cb=ignore,
        )
        await client.flush()
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(hold()), daemon=True).start()
    assert ready.wait(20), "connected"
    listed = ask("GET", f"/accounts/acme/connections?user={creds['name']}")[0]
    return listed["data"][0]


async def ignore(_error):
    """It is meant to be closed."""


def creds_file(creds):
    path = os.path.join(os.path.dirname(GIVEN["log"]), f"{creds['id']}.creds")
    with open(path, "w", encoding="utf8") as out:
        out.write(creds["creds"])
    return path


def batch(names=1):
    """An operation that makes users."""
    body = {"users": [{"name": name()} for _ in range(names)]}
    headers = {**CALLER, "prefer": "respond-async"}
    return ask("POST", "/accounts/acme/user-batches", body, headers)[0]


def until_ended(operation):
    for _ in range(400):
        now = ask("GET", f"/operations/{operation['id']}")[0]
        if now["state"] not in ("queued", "running"):
            break
        threading.Event().wait(0.02)
    return operation


def backed_up():
    headers = {**CALLER, "prefer": "respond-async"}
    body = {"passphrase": PASSWORD}
    return until_ended(ask("POST", "/backup", body, headers)[0])


def operator_change():
    """When no other one is under way."""
    for _ in range(500):
        try:
            now = ask("GET", "/operator/rotation")[0]
        except urllib.error.HTTPError:
            break
        if now["stage"] in ("done", "cancelled"):
            break
        threading.Event().wait(0.02)
    return {"identity_seed": GIVEN["operator_seed"]}


def without_engines():
    """Nothing is to wait for engines that are not there."""
    for engine in ask("GET", "/engines")[0]["data"]:
        if engine["name"].startswith(GIVEN["round"].replace("_", "-")):
            ask("DELETE", f"/engines/{engine['id']}")


def disabled():
    ours = {"id": device()["device"]}
    made(f"/accounts/acme/devices/{ours['id']}/disable", {})
    return ours


def member():
    return enter(invitation())[0]


def webhook():
    # Where nobody listens.
    return made(
        "/webhooks",
        {"name": name(), "url": "https://hooks.invalid/", "account": "acme"},
    )


# --- What parameters of paths are called ----------------------------------------------------------

# Of the last parameter of a path; `at` has those before it.
THINGS = {
    "access_role": lambda at: made(
        "/access-roles", {"name": name(), "org": "default", "rights": []}
    ),
    "account": lambda at: made("/accounts", {"name": name()}),
    "activation": lambda at: made(
        f"/accounts/acme/exports/{at['export']}/activations", {"account": "globex"}
    ),
    "certificate": lambda at: ask(
        "GET", f"/accounts/acme/devices/{at['device']}/certificates"
    )[0]["data"][0],
    "connection": lambda at: connection(),
    "deleted": lambda at: deleted_account(),
    "delivery": lambda at: made(f"/webhooks/{at['webhook']}/test", {}),
    "device": lambda at: {"id": device()["device"]},
    "engine": lambda at: made("/engines", {"name": name(), "urls": ["nats://127.0.0.1:1"]}),
    "export": lambda at: export("acme"),
    "identity_provider": lambda at: made(
        "/identity-providers",
        {
            "name": name(),
            "issuer": "https://localhost:1",
            "client_id": "c",
            "org": "default",
        },
    ),
    "import": lambda at: made(
        "/accounts/acme/imports",
        {
            "account": "globex",
            "kind": "stream",
            "subject": export("globex", visibility="public")["subject"],
        },
    ),
    "import_request": lambda at: wanted("acme", "globex"),
    "invitation": lambda at: invitation(),
    "key": lambda at: made("/api-keys", {"name": name(), "account": "acme"}),
    "link": lambda at: made(
        f"/accounts/acme/exports/{at['export']}/share-links", {}
    ),
    "member": lambda at: member(),
    "membership": lambda at: ask("GET", f"/members/{at['member']}")[0]["memberships"][0],
    "operation": lambda at: until_ended(batch()),
    "org": lambda at: made("/orgs", {"name": name()}),
    "plan": lambda at: made("/plans", {"name": name()}),
    "role": lambda at: role(),
    "service_account": lambda at: made(
        "/service-accounts", {"name": name(), "role": ROLE, "account": "acme"}
    ),
    "share_request": lambda at: wanted("globex", "acme"),
    "user": lambda at: user(),
    "webhook": lambda at: webhook(),
}
# Two resources call theirs alike.
BY_FOLDER = {
    "device-authorities": lambda at: made(
        "/accounts/acme/device-authorities", {"role": role()["name"]}
    ),
    "enrolment-authorities": lambda at: made(
        "/accounts/acme/enrolment-authorities",
        {"name": name(), "role": "sensor", "certificate": GIVEN["authorities"].pop()},
    ),
    "enrolment-tokens": lambda at: made(
        "/accounts/acme/enrolment-tokens", {"role": "sensor"}
    ),
}
def personal_key():
    return ask("POST", "/session/api-keys", {"name": name()}, CALLER)[0]


# Operations that need another thing than most.
BY_OPERATION = {
    "approve_device": lambda at: {
        "id": device({"approval": True})["device"],
    },
    "reject_device": lambda at: {"id": device({"approval": True})["device"]},
    "take_operation_file": lambda at: backed_up(),
    "cancel_operation": lambda at: batch(2_000),
    "enable_device": lambda at: disabled(),
    # Nobody is to be asked at an address that is not there.
    "start_provider_sign_in": lambda at: {"id": "none"},
    "delete_personal_key": lambda at: personal_key(),
    "get_personal_key": lambda at: personal_key(),
    "delete_session": lambda at: ask("GET", "/sessions", None, CALLER)[0]["data"][-1],
    "purge_account": lambda at: deleted_account(),
}
# What is there after the call is not what it was: these get things of their own, and nothing that
# schemathesis makes up goes to things that others need.
ENDS = {
    "cancel_operation",
    "cancel_operator_rotation",
    "change_password",
    "create_totp",
    "disable_device",
    "kick_connection",
    "purge_account",
    "get_engine",
    "reject_device",
    "revoke_device_authority",
    "revoke_device_certificate",
    "revoke_enrolment_token",
    "revoke_user",
    "rotate_operator",
    "rotate_role",
    "rotate_user",
    "sign_out",
    "suspend_account",
    "update_engine",
    "set_auth_callout",
    "update_installation_settings",
    "update_operator",
    "verify_totp",
}
# Of these the account itself is what ends or changes for all.
OF_ACCOUNT = {
    "apply_to_account",
    "delete_account",
    "delete_auth_callout",
    "resume_account",
    "revoke_all_users",
    "rotate_account",
    "set_auth_callout",
    "suspend_account",
    "update_account",
    "update_settings",
}


def ends(operation, method):
    return operation in ENDS or operation in OF_ACCOUNT or method == "delete"


def path_parameters(operation, method, path):
    """Ids for the names in a path."""
    found = {}
    parts = path.split("/")
    for folder, part in zip(parts, parts[1:]):
        if not part.startswith("{"):
            continue
        own = part[1:-1]
        is_last = path.rindex("{") == path.index(part)
        if own == "account" and operation not in OF_ACCOUNT:
            found[own] = "acme"
        elif own == "org" and method != "delete":
            found[own] = "default"
        else:
            make = (is_last and BY_OPERATION.get(operation)) or BY_FOLDER.get(folder)
            found[own] = (make or THINGS[own])(found)["id"]
    return found


# --- What bodies are called ------------------------------------------------------------------------

BODIES = {
    "accept_invitation": lambda at: {
        "token": invitation()["token"],
        "name": "Ada",
        "password": PASSWORD,
    },
    "apply": lambda at: {"version": 1, "name": name(), "orgs": [{"slug": name()}]},
    "apply_to_account": lambda at: {
        "version": 1,
        "name": name(),
        "accounts": [
            {
                "slug": ask("GET", f"/accounts/{at['account']}")[0]["slug"],
                "roles": [{"name": name()}],
            }
        ],
    },
    "approve_device": lambda at: {"name": name()},
    "backup": lambda at: {"passphrase": PASSWORD},
    "change_password": lambda at: {
        "current_password": PASSWORD,
        "new_password": PASSWORD,
    },
    "check_permission": lambda at: {"action": "publish", "subject": "a"},
    "create_access_role": lambda at: {"name": name(), "rights": ["users:read"], "org": "default"},
    "create_activation": lambda at: {"account": "globex"},
    "create_api_key": lambda at: {"name": name(), "role": ROLE, "account": "acme"},
    "create_device_authority": lambda at: {"role": role()["name"]},
    "create_engine": lambda at: {"name": name(), "urls": ["nats://127.0.0.1:1"]},
    "create_enrolment_authority": lambda at: {
        "name": name(),
        "role": "sensor",
        "certificate": GIVEN["authorities"].pop(),
    },
    "create_enrolment_token": lambda at: {"role": "sensor"},
    "create_enrolment_token_batch": lambda at: {"tokens": [{"role": "sensor"}]},
    "create_export": lambda at: {"subject": f"{name()}.b", "kind": "stream"},
    "create_identity_provider": lambda at: {
        "name": name(),
        "issuer": "https://id.example.org",
        "client_id": "c",
        "org": "default",
    },
    "create_import": lambda at: {
        "account": "globex",
        "kind": "stream",
        "subject": export("globex", visibility="public")["subject"],
    },
    "create_import_request": lambda at: {
        "account": "globex",
        "kind": "stream",
        "subject": export("globex", advertised=True)["subject"],
    },
    "create_invitation": lambda at: {
        "email": f"{name()}@example.org",
        "role": ROLE,
        "account": "acme",
    },
    "create_membership": lambda at: {"role": ROLE, "account": "globex"},
    "create_personal_key": lambda at: {"name": name()},
    "create_service_account": lambda at: {"name": name(), "role": ROLE, "account": "acme"},
    "create_share_link": lambda at: {},
    "create_totp": lambda at: {"password": PASSWORD},
    "create_user_creds": lambda at: {},
    "create_user_batch": lambda at: {"users": [{"name": name()}]},
    "delete_user_batch": lambda at: {"users": [user()["id"]]},
    "revoke_user_batch": lambda at: {"users": [user()["id"]]},
    "rotate_user_batch": lambda at: {"users": [user()["id"]]},
    "create_webhook": lambda at: {
        "name": name(),
        "url": "https://hooks.invalid/",
        "account": "acme",
    },
    "enroll_device": lambda at: {
        "token": made("/accounts/acme/enrolment-tokens", {"role": "sensor"})["token"],
        "csr": GIVEN["csrs"].pop(),
    },
    "preview_invitation": lambda at: {"token": invitation()["token"]},
    "renew_device": lambda at: {"csr": GIVEN["csrs"].pop()},
    "reset_password": lambda at: {
        "token": made(f"/members/{member()['id']}/password-reset", {})["token"],
        "password": PASSWORD,
    },
    "rotate_operator": lambda at: operator_change(),
    "sign_in": lambda at: {
        "email": member()["session"]["email"],
        "password": PASSWORD,
    },
    "update_membership": lambda at: {"role": ROLE},
    "update_operator": lambda at: operator_change(),
    "update_session": lambda at: {
        "membership": ask("GET", "/whoami", None, CALLER)[0]["session"]["membership"]
    },
    "export_tokens": lambda at: {"seeds": False},
    "import_tokens": lambda at: {"tokens": []},
    "verify_audit": lambda at: {},
    "verify_totp": lambda at: {"code": code(SEEDS.pop())},
}


def body(operation, at):
    if operation in BODIES:
        return BODIES[operation](at)
    verb = operation.split("_")[0]
    return {"name": name()} if verb == "create" else {}


# --- The caller -----------------------------------------------------------------------------------


def caller():
    if "key" in GIVEN:
        return {"authorization": f"Bearer {GIVEN['key']}"}
    link = made("/invitations", {"email": GIVEN["email"], **GIVEN["membership"]})
    return enter(link)[1]


def come_in_again():
    body = {"email": GIVEN["email"], "password": PASSWORD}
    CALLER.update(session(*ask("POST", "/session", body, {"x-none": "x"}))[1])


def code(seed):
    """What an authenticator shows now."""
    step = int(time.time()) // 30
    digest = hmac.digest(base64.b32decode(seed), step.to_bytes(8), "sha1")
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


CALLER = caller()
SEEDS = []
# Of accounts that all calls need: schemathesis finds their names in answers.
NEEDED = {
    name
    for account in ("acme", "globex")
    for found in [ask("GET", f"/accounts/{account}")[0]]
    for name in (found["id"], found["slug"], found["public_key"])
}
# Cases of ours, and what they name, for those that schemathesis makes up.
OURS = set()
KNOWN = {}
choose = random.Random(1)


def raw(operation):
    return operation.definition.raw


@schemathesis.hook
def before_add_examples(context, examples):
    operation = context.operation
    own = raw(operation)["operationId"]
    examples.clear()
    content = raw(operation).get("requestBody", {}).get("content")
    more = {"media_type": next(iter(content)), "body": {}} if content else {}
    try:
        at = path_parameters(own, operation.method, operation.path)
        if content:
            more["body"] = body(own, at)
        if not ends(own, operation.method):
            KNOWN[own] = at
    except Exception as error:
        # Who may not see what it needs is told so.
        told = error.read()[:300] if isinstance(error, urllib.error.HTTPError) else ""
        note(own, f"unprepared: {error!r} {told}")
        account = "none" if ends(own, operation.method) else "acme"
        names = re.findall(r"{(\w+)}", operation.path)
        at = {name: account if name == "account" else "none" for name in names}
    headers = {"If-Match": "*"} if operation.method in ("put", "patch", "delete") else {}
    case = operation.Case(path_parameters=at, headers=headers, **more)
    OURS.add(case.id)
    examples.append(case)


@schemathesis.hook
def before_call(context, case, kwargs):
    own = raw(case.operation)["operationId"]
    case.headers = {**(case.headers or {}), **CALLER}
    if case.id in OURS:
        return
    at = case.path_parameters or {}
    if own in KNOWN and choose.random() < 0.7:
        case.path_parameters = {**at, **KNOWN[own]}
    elif own in OF_ACCOUNT and at.get("account") in NEEDED:
        case.path_parameters = {**at, "account": "none"}


@schemathesis.hook
def after_call(context, case, response):
    own = raw(case.operation)["operationId"]
    if case.method.lower() == case.operation.method.lower():
        note(own, str(response.status_code))
    if case.id in OURS:
        if response.status_code >= 400:
            note(own, f"refused: {response.status_code} {response.text[:300]}")
        if own.endswith("_engine"):
            without_engines()
        if own == "create_totp" and response.status_code == 201:
            SEEDS.append(response.json()["secret"])
        if own == "verify_totp" and response.status_code == 201:
            cookie = response.headers["set-cookie"][0]
            CALLER.update(session(response.json(), {"set-cookie": cookie})[1])
            # Whoever comes in again has no authenticator at hand.
            ask("DELETE", "/session/totp", None, CALLER)
    is_out = response.status_code == 401 or own == "sign_out"
    if "email" in GIVEN and is_out:
        come_in_again()


def note(operation, what):
    with open(GIVEN["log"], "a", encoding="utf8") as out:
        out.write(json.dumps([GIVEN["round"], operation, what]) + "\n")
