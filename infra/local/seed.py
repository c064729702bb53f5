"""A demo store with its keys, made through the public API as anybody would."""

import json
import urllib.error
import urllib.request

import carriers
from deploy import client, describe, resources
from progress import Failed, step
from settings import API_URL, STACK_FILE

STORE = {"name": "Demo Store", "domain": "shop.example", "origins": ["https://shop.example"],
         "locale": "en-GB", "country": "GB", "allowed_countries": ["GB"]}


def call(method, path, key=None, body=None, headers=None):
    """One call of the API: its status and its JSON."""
    sent = {"Content-Type": "application/json"} | (headers or {})
    if key:
        sent["Authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API_URL + path, data=data, headers=sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refused:
        content = refused.read()
        try:
            return refused.code, json.loads(content or b"null")
        except ValueError:
            return refused.code, {"detail": content.decode(errors="replace")[:500]}


def seed():
    """Make the store and its keys once, and write .local/stack.json."""
    known = json.loads(STACK_FILE.read_text()) if STACK_FILE.exists() else {}
    if "store_id" not in known:
        with step("Seed a demo store, its keys and the carriers' accounts through the API"):
            known = _store_and_keys(_operator_key())
    STACK_FILE.write_text(json.dumps(describe() | _seeded(known), indent=2) + "\n")
    STACK_FILE.chmod(0o600)


def _seeded(known):
    names = ("store_id", "operator_key", "test_key", "live_key", "test_publishable_key")
    return {name: known[name] for name in names} | {"webhook_secrets": {}, "carriers": carriers.describe()}


def _operator_key():
    names = resources()
    answer = client("lambda").invoke(FunctionName=names["OperatorKeyFunction"], Payload=b"{}")
    payload = answer["Payload"].read()
    if "FunctionError" in answer:
        raise Failed(f"operator-key failed: {payload.decode(errors='replace')}")
    secret = json.loads(payload)["secret_id"]
    return client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]


def _store_and_keys(operator):
    store = _made(call("POST", "/stores", operator, STORE))["id"]
    keys = {"test_key": {"kind": "secret", "role": "owner", "mode": "test"},
            "live_key": {"kind": "secret", "role": "owner", "mode": "live"},
            "test_publishable_key": {"kind": "publishable", "mode": "test"}}
    made = {name: _made(call("POST", "/api-keys", operator, wish | {"name": name, "store_id": store}))["key"]
            for name, wish in keys.items()}
    for carrier, account in carriers.ACCOUNTS.items():
        nonce = _made(call("POST", "/nonces", operator, {"action": "carrier.change"}))["nonce"]
        status, body = call("PUT", f"/carriers/{carrier}", operator, account, {"Audit-Nonce": nonce})
        if status != 200:
            raise Failed(f"The API answered {status} to an account of {carrier}: {json.dumps(body)}")
    return made | {"store_id": store, "operator_key": operator}


def _made(answer):
    status, body = answer
    if status != 201:
        raise Failed(f"The API answered {status} while seeding: {json.dumps(body)}")
    return body
