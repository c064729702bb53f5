"""Vonage's own Python library, asked by a JSON document on standard input."""

import json
import sys

from requests.adapters import HTTPAdapter
from vonage import Auth, Vonage
from vonage_sms import SmsMessage
from vonage_sms.errors import SmsError


class At(HTTPAdapter):
    """Speaks to another host than Vonage's."""

    def __init__(self, base_url):
        super().__init__()
        self._base_url = base_url

    def send(self, request, **kwargs):
        request.url = request.url.replace("https://rest.nexmo.com", self._base_url)
        return super().send(request, **kwargs)


def signing(asked):
    return Auth(api_key="key", signature_secret=asked["secret"], signature_method=asked["method"])


def sign(asked):
    return signing(asked).sign_params(asked["params"])


def check(asked):
    return signing(asked).check_signature(asked["params"])


def send(asked):
    vonage = Vonage(Auth(api_key=asked["key"], api_secret=asked["secret"]))
    vonage.http_client._session.mount("https://", At(asked["base_url"]))
    try:
        answer = vonage.sms.send(SmsMessage(**asked["message"]))
    except SmsError as error:
        return {"error": str(error)}
    return answer.model_dump()


asked = json.load(sys.stdin)
json.dump({"sign": sign, "check": check, "send": send}[asked["do"]](asked), sys.stdout)
