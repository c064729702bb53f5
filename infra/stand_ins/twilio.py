"""Twilio: Messages, their Feedback, and Calls (https://www.twilio.com/docs/messaging/api)."""

import hmac
import re
import secrets
import time
from base64 import b64decode, b64encode
from hashlib import sha1
from xml.etree import ElementTree

from callback import call
from web import Reply

API = re.compile(r"/2010-04-01/Accounts/(\w+)/(Messages|Calls)(?:/(\w+)/(Feedback))?\.json")
ERRORS = {
    20003: (401, "Authentication Error - invalid username"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    21211: (400, "Invalid 'To' Phone Number"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21205: (400, "Url is not a valid URL"),
}


def signature(token, url, form):
    """X-Twilio-Signature of a form."""
    data = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.new(token.encode(), data.encode(), sha1).digest()).decode()


def problem(code, status=None):
    """An error as Twilio tells it."""
    known, text = ERRORS.get(code, (400, "The request was refused"))
    status = status or known
    return Reply(status, {"code": code, "message": text, "status": status,
                          "more_info": f"https://www.twilio.com/docs/errors/{code}"})


class Twilio:
    """One Twilio account."""

    TITLE = "twilio"
    OPTIONS = [
        ("account-sid", "AC00000000000000000000000000000001", "the account"),
        ("auth-token", "stand-in-auth-token", "its primary token"),
    ]

    def __init__(self, options):
        self._sid, self._token = options.account_sid, options.auth_token
        self._webhook = options.webhook_url

    def receive(self, request):
        """A message to send, or the refusal."""
        found = API.fullmatch(request.path)
        if not found:
            return problem(20404)
        if not self._proven(request) or found[1] != self._sid:
            return problem(20003)
        form = request.form()
        if found[4]:
            return Reply(201, {"account_sid": self._sid, "message_sid": found[3],
                               "outcome": form.get("Outcome", "confirmed")})
        return self._text(form) if found[2] == "Messages" else self._call(form)

    def _proven(self, request):
        kind, _, pair = request.headers.get("authorization", "").partition(" ")
        expected = f"{self._sid}:{self._token}"
        return kind == "Basic" and b64decode(pair).decode(errors="replace") == expected

    def _text(self, form):
        wrong = (21211 if not re.fullmatch(r"\+\d{7,15}", form.get("To", "")) else
                 21603 if not (form.get("From") or form.get("MessagingServiceSid")) else
                 21602 if not form.get("Body") else
                 21617 if len(form["Body"]) > 1600 else None)
        if wrong:
            return problem(wrong)
        return {"kind": "text", "id": "SM" + secrets.token_hex(16), "to": form["To"],
                "from": form.get("From") or form["MessagingServiceSid"], "text": form["Body"],
                "validity": int(form.get("ValidityPeriod", 36000)),
                "callback": form.get("StatusCallback"), "form": form}

    def _call(self, form):
        wrong = (21211 if not re.fullmatch(r"\+\d{7,15}", form.get("To", "")) else
                 21603 if not form.get("From", "").startswith("+") else
                 21205 if not 0 < len(form.get("Twiml", "")) <= 4000 else None)
        if wrong:
            return problem(wrong)
        return {"kind": "call", "id": "CA" + secrets.token_hex(16), "to": form["To"],
                "from": form["From"], "twiml": form["Twiml"], "said": [],
                "callback": form.get("StatusCallback"), "form": form}

    def accept(self, message):
        """201, and the resource."""
        now = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
        path = f"/2010-04-01/Accounts/{self._sid}"
        common = {"account_sid": self._sid, "api_version": "2010-04-01", "date_created": now,
                  "date_updated": now, "direction": "outbound-api", "from": message["from"],
                  "price": None, "price_unit": "USD", "sid": message["id"], "status": "queued",
                  "to": message["to"]}
        if message["kind"] == "call":
            return Reply(201, {**common, "uri": f"{path}/Calls/{message['id']}.json"})
        return Reply(201, {**common, "body": message["text"], "date_sent": None,
                           "error_code": None, "error_message": None, "num_media": "0",
                           "num_segments": "1", "messaging_service_sid": None,
                           "uri": f"{path}/Messages/{message['id']}.json"})

    def failure(self, _, status):
        """500 has no code of its own."""
        return problem(20429) if status == 429 else problem(20500, status)

    def error(self, _, code):
        """An error of Twilio's table; 21211 when none is named."""
        return problem(int(code or 21211))

    def _post(self, url, form):
        return call(url, form=form, headers={"X-Twilio-Signature": signature(self._token, url, form)})

    def _about(self, message):
        return {"To": message["to"], "From": message["from"], "AccountSid": self._sid,
                "ApiVersion": "2010-04-01"}

    def ring(self, message):
        """Answers the call, presses a key when asked to, and listens."""
        document = ElementTree.fromstring(message["twiml"])
        said = [say.text for say in document.iter("Say")]
        gather = document.find("Gather")
        if gather is not None and message["mode"] != "voicemail":
            form = {**self._about(message), "CallSid": message["id"], "CallStatus": "in-progress",
                    "Digits": "1", "Direction": "outbound-api"}
            status, answer = self._post(gather.get("action"), form)
            if status == 200 and answer:
                said += [say.text for say in ElementTree.fromstring(answer).iter("Say")]
        self.note(message, said=said)

    def report(self, message, status, code):
        """A status callback. A call tells its end alone."""
        if not message["callback"] or (message["kind"] == "call" and status == "sent"):
            return
        form = self._about(message)
        if message["kind"] == "call":
            ends = {"delivered": "completed", "undelivered": "no-answer"}
            form.update(CallSid=message["id"], CallStatus=ends[status], CallDuration="12",
                        Direction="outbound-api", SequenceNumber="0")
        else:
            form.update(MessageSid=message["id"], SmsSid=message["id"], MessageStatus=status,
                        SmsStatus=status)
        if status == "undelivered" and message["kind"] == "text":
            form["ErrorCode"] = str(code or 30003)
        self._post(message["callback"], form)

    def inbound(self, text, url):
        """A text from a shopper."""
        sid = "SM" + secrets.token_hex(16)
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": self._sid,
                "From": text["from"], "To": text["to"], "Body": text["text"], "NumMedia": "0",
                "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01"}
        return self._post(url or f"{self._webhook}/inbound", form)[0]
