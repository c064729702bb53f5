"""AWS End User Messaging, SMS and Voice v2 (awsJson1.0). It reports by publishing to SNS."""

import json
import re
import secrets
import time
import uuid
from xml.etree import ElementTree

from callback import call
from web import Reply

KIND = "application/x-amz-json-1.0"
#: Which exception a reason belongs to; what is not here is a ValidationException.
REASONS = [
    (r"INSUFFICIENT_ACCOUNT_REPUTATION|ACCOUNT_DISABLED", "AccessDeniedException"),
    (r"DESTINATION_(PHONE_NUMBER|COUNTRY)_.*(OPTED_OUT|PROTECT|VERIFIED).*", "ConflictException"),
    (r"MONTHLY_.*|DAILY_.*", "ServiceQuotaExceededException"),
]


def problem(name, reason=None, status=400):
    """An error as AWS tells it."""
    body = {"__type": name, "Message": "refused by the stand-in"}
    if reason:
        body["Reason"] = reason
    return Reply(status, body, {"Content-Type": KIND, "x-amzn-ErrorType": name})


class EndUserMessaging:
    """The service in one region."""

    TITLE = "eum"
    OPTIONS = [
        ("access-key", "", "the access key that requests must be signed with; any when empty"),
        ("sns-endpoint", "", "where events are published"),
        ("topic-arn", "", "the topic for events"),
        ("inbound-topic-arn", "", "the topic for texts from shoppers"),
    ]

    def __init__(self, options):
        self._key, self._sns = options.access_key, options.sns_endpoint
        self._topic, self._inbound = options.topic_arn, options.inbound_topic_arn
        self.feedback = []

    def receive(self, request):
        """A message to send, or the answer to anything else."""
        signed = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/", request.headers.get("authorization", ""))
        if not signed:
            return problem("MissingAuthenticationTokenException")
        if self._key and signed[1] != self._key:
            return problem("UnrecognizedClientException")
        operation = request.headers.get("x-amz-target", "").removeprefix("PinpointSMSVoiceV2.")
        body = request.json() or {}
        if operation == "PutMessageFeedback":
            self.feedback.append(body)
            return Reply(200, {"MessageId": body.get("MessageId"),
                               "MessageFeedbackStatus": body.get("MessageFeedbackStatus")},
                         {"Content-Type": KIND})
        kinds = {"SendTextMessage": "text", "SendVoiceMessage": "call"}
        if operation not in kinds:
            return problem("UnknownOperationException")
        if not re.fullmatch(r"\+?\d{7,15}", body.get("DestinationPhoneNumber", "")):
            return problem("ValidationException", "FIELD_VALIDATION_FAILED")
        message = {"kind": kinds[operation], "id": str(uuid.uuid4()), "form": body,
                   "to": body["DestinationPhoneNumber"], "from": body.get("OriginationIdentity"),
                   "text": body.get("MessageBody"), "validity": body.get("TimeToLive"),
                   "ref": (body.get("Context") or {}).get("message"), "callback": self._topic}
        return message

    def accept(self, message):
        """The message's id."""
        return Reply(200, {"MessageId": message["id"]}, {"Content-Type": KIND})

    def failure(self, _, status):
        """AWS tells throttling by 400."""
        if status == 429:
            return problem("ThrottlingException")
        return problem("InternalServerException", status=status)

    def error(self, _, code):
        """An exception by its name, or by its reason."""
        code = code or "DESTINATION_PHONE_NUMBER_OPTED_OUT"
        if code.endswith("Exception"):
            return problem(code)
        found = (name for pattern, name in REASONS if re.fullmatch(pattern, code))
        return problem(next(found, "ValidationException"), code)

    def ring(self, message):
        """Reads the call aloud; no key is asked for."""
        spoken = "".join(ElementTree.fromstring(message["text"]).itertext())
        self.note(message, said=[spoken])

    def _publish(self, topic, event):
        if not (self._sns and topic):
            return 0
        form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic,
                "Message": json.dumps(event)}
        region = topic.split(":")[3]
        day = time.strftime("%Y%m%d", time.gmtime())
        scope = f"Credential=test/{day}/{region}/sns/aws4_request"
        signed = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature={'0' * 64}"
        return call(self._sns, form=form, headers={"Authorization": signed})[0]

    def report(self, message, status, code):
        """An event. `sent` is SUCCESSFUL, not final; a code is an event's type without TEXT_."""
        is_text, body = message["kind"] == "text", message["form"]
        kinds = ({"sent": "SUCCESSFUL", "delivered": "DELIVERED", "undelivered": "UNREACHABLE"}
                 if is_text else
                 {"sent": "INITIATED", "delivered": "COMPLETED", "undelivered": "NO_ANSWER"})
        kind = str(code) if code and status == "undelivered" else kinds[status]
        now = int(time.time() * 1000)
        self._publish(self._topic, {
            "eventType": f"{'TEXT' if is_text else 'VOICE'}_{kind}", "eventVersion": "1.0",
            "eventTimestamp": now, "isFinal": status != "sent",
            "originationPhoneNumber": message["from"], "destinationPhoneNumber": message["to"],
            "isoCountryCode": "GB", "mcc": "234", "mnc": "10", "messageId": message["id"],
            "messageRequestTimestamp": now, "messageEncoding": "GSM",
            "messageType": body.get("MessageType", "TRANSACTIONAL"), "messageStatus": kind,
            "messageStatusDescription": "told by the stand-in", "context": body.get("Context") or {},
            "totalMessageParts": 1, "totalMessagePrice": 0.04, "totalCarrierFee": 0.0})

    def inbound(self, text, _):
        """A text from a shopper."""
        return self._publish(self._inbound, {
            "originationNumber": text["from"], "destinationNumber": text["to"],
            "messageKeyword": "KEYWORD", "messageBody": text["text"],
            "inboundMessageId": secrets.token_hex(16)})
