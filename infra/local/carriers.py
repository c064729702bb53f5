"""The carriers of the local stack: where they are, and the accounts that are seeded.

A stand-in plays each of them (infra/stand_ins), unless the environment says where another one is.
Its control is on the port after its own.
"""

import os
import sys

from settings import API_URL, EMULATOR_URL, PORT, REGION, ROOT

EVENTS_TOPIC = f"arn:aws:sns:{REGION}:000000000000:doorstep-local-eum"
# Credentials of the stand-ins: made up, and good for nothing else.
ACCOUNTS = {
    "twilio": {"account": "AC00000000000000000000000000000001", "auth_token": "stand-in-auth-token",
               "from": "Doorstep"},
    "vonage": {"account": "standin1", "api_secret": "stand-in-api-secret", "from": "Doorstep",
               "signature_secret": "stand-in-signature-secret", "signature_method": "sha256"},
    "http": {"account": "mmg-1", "shape": "mmg", "from": "Doorstep",
             "webhook_secret": "whsec_c3RhbmQtaW4td2ViaG9vay1zZWNyZXQ=",
             "secrets": {"api_key": "stand-in-api-key", "webhook_user": "carrier",
                         "webhook_password": "stand-in-webhook-password"}},
}
# Environment variable, parameter of the template, and place after the emulator's port.
PLACES = {
    "twilio": ("TWILIO_BASE_URL", "TwilioBaseUrl", 10),
    "vonage": ("VONAGE_BASE_URL", "VonageBaseUrl", 12),
    "eum": ("EUM_ENDPOINT_URL", "EumEndpointUrl", 14),
    "http": ("HTTP_CARRIER_URL", "HttpCarrierUrl", 16),
}
# No stand-in: who wants an SMSC there starts one, such as node shared/smpp/tests/smsc/smsc.js.
SMPP = ("SMPP_URL", "SmppUrl", 18)


def parameters():
    """What the template is told of carriers."""
    places = {parameter: _url(name) for name, (_, parameter, _) in PLACES.items()}
    places |= {SMPP[1]: _smpp_url(), "PublicUrl": API_URL}
    if os.environ.get("LIVE_ROUTE"):
        places["LiveRoute"] = os.environ["LIVE_ROUTE"]
    return [f"{parameter}={url}" for parameter, url in places.items()]


def stand_ins():
    """Pairs of name and command line of the stand-ins to start."""
    for name, (variable, _, offset) in PLACES.items():
        if not os.environ.get(variable):
            yield name, [sys.executable, str(ROOT / "infra/stand_ins"), name,
                         "--port", str(PORT + offset), "--control-port", str(PORT + offset + 1),
                         *_options(name)]


def ports():
    """The ports that the stand-ins need."""
    return [PORT + offset + after for name, (variable, _, offset) in PLACES.items()
            for after in (0, 1) if not os.environ.get(variable)]


def describe():
    """What stack.json tells of carriers."""
    told = {name: account | {"base_url": _url(name), "webhook_url": webhook_url(name)}
            for name, account in ACCOUNTS.items()}
    told["eum"] = {"base_url": _url("eum"), "events_topic_arn": EVENTS_TOPIC}
    told["smpp"] = {"base_url": _smpp_url()}
    for name, (variable, _, offset) in PLACES.items():
        if not os.environ.get(variable):
            told[name]["control_url"] = f"http://127.0.0.1:{PORT + offset + 1}"
    return told


def webhook_url(name):
    """Where a carrier reports."""
    return f"{API_URL}/webhooks/carriers/{name}/{ACCOUNTS[name]['account']}"


def _url(name):
    variable, _, offset = PLACES[name]
    return os.environ.get(variable) or f"http://127.0.0.1:{PORT + offset}"


def _smpp_url():
    variable, _, offset = SMPP
    return os.environ.get(variable) or f"smpp://127.0.0.1:{PORT + offset}"


def _options(name):
    if name == "eum":
        return ["--sns-endpoint", EMULATOR_URL, "--topic-arn", EVENTS_TOPIC,
                "--inbound-topic-arn", EVENTS_TOPIC]
    account = ACCOUNTS[name] | ACCOUNTS[name].get("secrets", {})
    options = {
        "twilio": {"account-sid": "account", "auth-token": "auth_token"},
        "vonage": {"api-key": "account", "api-secret": "api_secret",
                   "signature-secret": "signature_secret", "signature-method": "signature_method"},
        "http": {"shape": "shape", "http-key": "api_key", "webhook-user": "webhook_user",
                 "webhook-password": "webhook_password"},
    }[name]
    given = [text for option, field in options.items() for text in (f"--{option}", account[field])]
    return [*given, "--webhook-url", webhook_url(name)]
