"""A carrier with a plain HTTP interface: MMG's JSON, or FireText's form.

As GOV.UK Notify's public clients for both speak to them (alphagov/notifications-api).
"""

import re
import secrets
from base64 import b64encode
from datetime import datetime, timezone
from hmac import compare_digest

from callback import call
from web import Reply


class Plain:
    """One account of either carrier."""

    TITLE = "http"
    OPTIONS = [
        ("shape", "mmg", "mmg or firetext"),
        ("http-key", "stand-in-api-key", "the account's key"),
        ("webhook-user", "carrier", "the user of its webhooks"),
        ("webhook-password", "stand-in-webhook-password", "and their password"),
    ]

    def __init__(self, options):
        self._mmg, self._key = options.shape == "mmg", options.http_key
        pair = f"{options.webhook_user}:{options.webhook_password}"
        self._basic = {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
        self._webhook = options.webhook_url

    def receive(self, request):
        """A message to send, or the refusal."""
        body = (request.json() or {}) if self._mmg else request.form()
        key = (request.headers.get("authorization", "").removeprefix("Basic ") if self._mmg
               else body.get("apiKey", ""))
        if not compare_digest(key, self._key):
            return self._refusal(401, 1, "Authentication error")
        names = (("MSISDN", "sender", "msg", "cid", "delurl") if self._mmg
                 else ("to", "from", "message", "reference", "receipt"))
        to, sender, text, reference, callback = (body.get(name) for name in names)
        if not re.fullmatch(r"\d{7,15}", to or "") or not text:
            return self._refusal(400 if self._mmg else 200, 6, "Invalid number or text")
        return {"kind": "text", "id": secrets.token_hex(5), "to": to, "from": sender,
                "text": text, "ref": reference, "callback": callback, "validity": None,
                "form": body}

    def _refusal(self, status, code, text):
        if self._mmg:
            return Reply(status, {"ErrorCode": code, "Error": text})
        return Reply(status, {"code": code, "description": text, "data": [], "responseData": 0})

    def accept(self, message):
        """200, and the carrier's reference."""
        if self._mmg:
            return Reply(200, {"Reference": message["id"]})
        return Reply(200, {"code": 0, "description": "SMS successfully queued", "data": [],
                           "responseData": 1})

    def failure(self, _, status):
        """An HTTP error."""
        return Reply(status, "")

    def error(self, _, code):
        """The carrier's own error: MMG tells it with 400, FireText with 200."""
        return self._refusal(400 if self._mmg else 200, int(code or 6), "Refused")

    def report(self, message, status, code):
        """A receipt, with the password of the webhook."""
        url = message["callback"] or self._webhook
        if not url or (self._mmg and status == "sent"):
            return
        now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        if self._mmg:
            told = {"delivered": ("3", "5"), "undelivered": ("4", str(code or 27))}[status]
            call(url, body={"reference": message["id"], "CID": message["ref"],
                            "MSISDN": message["to"], "status": told[0], "substatus": told[1],
                            "deliverytime": now}, headers=self._basic)
        else:
            told = {"sent": "2", "delivered": "0", "undelivered": "1"}[status]
            call(url, form={"mobile": message["to"], "status": told, "time": now,
                            "reference": message["ref"],
                            "code": str(code or 102) if told == "1" else "000"},
                 headers=self._basic)

    def inbound(self, text, url):
        """A text from a shopper."""
        now = datetime.now(timezone.utc).strftime("%Y-%m-%d+%H:%M:%S")
        body = {"MSISDN": text["from"].lstrip("+"), "Number": text["to"].lstrip("+"),
                "Message": text["text"], "ID": secrets.token_hex(5), "DateRecieved": now}
        return call(url or f"{self._webhook}/inbound", body=body, headers=self._basic)[0]
