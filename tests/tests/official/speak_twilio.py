"""Twilio's own Python library, asked by a JSON document on standard input."""

import json
import sys

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client


class At(TwilioHttpClient):
    """Speaks to another host than Twilio's."""

    def __init__(self, base_url):
        super().__init__(max_retries=0)
        self._base_url = base_url

    def request(self, method, url, *args, **kwargs):
        url = url.replace("https://api.twilio.com", self._base_url)
        return super().request(method, url, *args, **kwargs)


def client(asked):
    return Client(asked["sid"], asked["token"], http_client=At(asked["base_url"]))


def sign(asked):
    return RequestValidator(asked["token"]).compute_signature(asked["url"], asked["form"])


def validate(asked):
    validator = RequestValidator(asked["token"])
    return validator.validate(asked["url"], asked["form"], asked["signature"])


def send(asked):
    try:
        message = client(asked).messages.create(**asked["message"])
    except TwilioRestException as error:
        return {"code": error.code, "status": error.status}
    return {"sid": message.sid, "status": message.status, "to": message.to, "body": message.body,
            "created": message.date_created.isoformat()}


def call(asked):
    made = client(asked).calls.create(**asked["call"])
    return {"sid": made.sid, "status": made.status}


def feedback(asked):
    given = client(asked).messages(asked["message"]).feedback.create(outcome="confirmed")
    return {"outcome": given.outcome}


asked = json.load(sys.stdin)
json.dump({"sign": sign, "validate": validate, "send": send, "call": call,
           "feedback": feedback}[asked["do"]](asked), sys.stdout)
