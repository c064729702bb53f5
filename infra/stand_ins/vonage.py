"""Vonage's SMS API (https://developer.vonage.com/en/api/sms): HTTP 200 even for errors."""

import hashlib
import hmac
import re
import secrets
import time
from base64 import b64decode
from datetime import datetime, timezone

from callback import call
from web import Reply

ERRORS = {
    "1": "Throttled",
    "2": "Missing to param",
    "3": "Invalid to param",
    "4": "Bad Credentials",
    "5": "Internal Error",
    "6": "Unroutable message - rejected",
    "7": "Number barred",
    "9": "Partner quota violation",
    "14": "Invalid Signature",
    "15": "Illegal Sender Address - rejected",
    "29": "Non-Whitelisted Destination",
}


def signature(secret, method, params):
    """`sig` as Vonage's Python SDK makes it."""
    hasher = hmac.new(secret.encode(), digestmod=getattr(hashlib, method))
    for name in sorted(params):
        value = params[name].replace("&", "_").replace("=", "_")
        hasher.update(f"&{name}={value}".encode())
    return hasher.hexdigest()


def refusal(status):
    """An error as Vonage tells it."""
    text = ERRORS.get(status, "Refused")
    return Reply(200, {"message-count": "1", "messages": [{"status": status, "error-text": text}]})


class Vonage:
    """One Vonage account."""

    TITLE = "vonage"
    OPTIONS = [
        ("api-key", "standin1", "the account"),
        ("api-secret", "stand-in-api-secret", "its secret"),
        ("signature-secret", "stand-in-signature-secret", "what it signs with"),
        ("signature-method", "sha256", "sha1, sha256 or sha512"),
        ("receipts-by", "form", "how its webhooks come: form, json or get"),
    ]

    def __init__(self, options):
        self._key, self._secret = options.api_key, options.api_secret
        self._signing = (options.signature_secret, options.signature_method)
        self._by, self._webhook = options.receipts_by, options.webhook_url

    def receive(self, request):
        """A message to send, or the refusal."""
        if request.path != "/sms/json":
            return Reply(404, "")
        form = request.form()
        refused = self._refused(request, form)
        if refused:
            return refusal(refused)
        missing = [name for name in ("to", "from", "text") if not form.get(name)]
        ttl = int(form.get("ttl", 259_200_000))
        if missing:
            return refusal("2")
        if not re.fullmatch(r"\d{7,15}", form["to"]) or not 20_000 <= ttl <= 604_800_000:
            return refusal("3")
        return {"kind": "text", "id": secrets.token_hex(8).upper(), "to": form["to"],
                "from": form["from"], "text": form["text"], "ref": form.get("client-ref"),
                "validity": ttl // 1000, "type": form.get("type", "text"),
                "callback": form.get("callback"), "form": form}

    def _refused(self, request, form):
        kind, _, pair = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            given = b64decode(pair).decode(errors="replace")
            return None if given == f"{self._key}:{self._secret}" else "4"
        if form.get("api_key") != self._key:
            return "4"
        if "sig" in form:
            rest = {name: value for name, value in form.items() if name != "sig"}
            fresh = abs(time.time() - int(form.get("timestamp", 0))) < 300
            return None if fresh and form["sig"] == signature(*self._signing, rest) else "14"
        return None if form.get("api_secret") == self._secret else "4"

    def accept(self, message):
        """Status 0 for the one part."""
        part = {"to": message["to"], "message-id": message["id"], "status": "0",
                "remaining-balance": "3.14159265", "message-price": "0.03330000",
                "network": "23410"}
        if message["ref"]:
            part["client-ref"] = message["ref"]
        return Reply(200, {"message-count": "1", "messages": [part]})

    def failure(self, _, status):
        """An HTTP error without a body."""
        return Reply(status, "")

    def error(self, _, code):
        """A status of Vonage's table; 5 when none is named."""
        return refusal(str(code or "5"))

    def _send(self, url, params):
        params = {**params, "timestamp": str(int(time.time())), "nonce": secrets.token_hex(8)}
        params["sig"] = signature(*self._signing, params)
        how = {"form": "form", "json": "body", "get": "query"}[self._by]
        return call(url, **{how: params})[0]

    def report(self, message, status, code):
        """A delivery receipt, signed. It is told of `sent` as accepted."""
        url = message["callback"] or self._webhook
        if not url:
            return
        now = datetime.now(timezone.utc)
        statuses = {"sent": "accepted", "delivered": "delivered", "undelivered": "failed"}
        params = {"msisdn": message["to"], "to": message["from"], "network-code": "23410",
                  "messageId": message["id"], "price": "0.03330000", "status": statuses[status],
                  "scts": now.strftime("%y%m%d%H%M"), "api-key": self._key,
                  "err-code": str(code or 2) if status == "undelivered" else "0",
                  "message-timestamp": now.strftime("%Y-%m-%d %H:%M:%S")}
        if message["ref"]:
            params["client-ref"] = message["ref"]
        self._send(url, params)

    def inbound(self, text, url):
        """A text from a shopper, signed."""
        now = datetime.now(timezone.utc)
        params = {"api-key": self._key, "msisdn": text["from"].lstrip("+"),
                  "to": text["to"].lstrip("+"), "messageId": secrets.token_hex(8).upper(),
                  "text": text["text"], "type": "text",
                  "keyword": (text["text"].split() or [""])[0].upper(),
                  "message-timestamp": now.strftime("%Y-%m-%d %H:%M:%S")}
        return self._send(url or f"{self._webhook}/inbound", params)
