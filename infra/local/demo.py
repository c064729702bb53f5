"""One registration, told step by step."""

import json
import re
import time
import uuid

from progress import Failed
from seed import call
from settings import API_URL, STACK_FILE

PHONE = "+447700900001"
CONSENTS = [{"purpose": "order_updates", "channel": "sms", "granted": True, "wording_version": "v1"}]


def tell():
    """Start a sign-up, read its text, verify its code and show what is known."""
    key = json.loads(STACK_FILE.read_text())["test_key"]
    print("\nA shopper gives the shop a phone number, and the shop's server calls:")
    body = {"phone": PHONE, "customer": {"external_id": "customer-1001"}, "consents": CONSENTS}
    signup = show("POST", "/signups", key, body, {"Idempotency-Key": str(uuid.uuid4())}, 202)
    text = wait_for_text(key, signup["id"])
    print(f"\nThe phone shows:\n\n{indent(text)}\n\nThe shopper types the code:")
    code = re.search(r"\b[0-9]{6}\b", text)[0]
    show("POST", f"/signups/{signup['id']}/verify", key, {"code": code}, {}, 200)
    print("\nWhat the shop knows now:")
    show("GET", f"/signups/{signup['id']}", key, None, {}, 200)
    print("\nWhat became of the text:")
    delivered(key, signup["id"])
    print(f"\nThe API listens at {API_URL}; keys and names are in .local/stack.json.")
    print("`make logs` follows the functions, `make down` ends everything.")


def show(method, path, key, body, headers, expected):
    """Make a call and print what was sent and what came back."""
    print(f"\n  {method} {path}" + "".join(f"\n  {name}: {value}" for name, value in headers.items()))
    if body is not None:
        print(indent(json.dumps(body, indent=2)))
    status, answer = call(method, path, key, body, headers)
    print(f"  → {status}\n{indent(json.dumps(answer, indent=2, ensure_ascii=False))}")
    if status != expected:
        raise Failed(f"{method} {path} should have answered {expected}")
    return answer


def wait_for_text(key, signup):
    """The text of the sign-up, as soon as the sandbox has it."""
    path = f"/sandbox/messages?signup_id={signup}"
    print(f"\nThe text goes its way (table → relay → topic → queue → send):\n\n  GET {path}")
    started = time.monotonic()
    while time.monotonic() - started < 20:
        status, answer = call("GET", path, key)
        if status == 200 and answer["data"]:
            print(f"  → 200 after {time.monotonic() - started:.1f} s")
            print(indent(json.dumps(answer, indent=2, ensure_ascii=False)))
            return answer["data"][0]["text"]
        time.sleep(0.1)
    raise Failed("No text arrived within 20 seconds; `make logs` may tell why")


def delivered(key, signup):
    """Wait for the carrier's receipt, then show the history."""
    path = f"/delivery-status?signup_id={signup}"
    for _ in range(50):
        status, answer = call("GET", path, key)
        if status == 200 and answer["status"] == "delivered":
            break
        time.sleep(0.2)
    if show("GET", path, key, None, {}, 200)["status"] != "delivered":
        raise Failed("The text was not delivered within 10 seconds")


def indent(text):
    """Two spaces before each line."""
    return "\n".join("    " + line for line in text.splitlines())
