"""What AWS would refuse only later, asked beforehand. Nothing is changed."""

import boto3
import botocore.exceptions

from progress import Failed, say
from remote import settings_of
from settings import REGION

LAMBDAS_AT_ONCE = 100


def preflight(stage):
    """Ask everything, tell each finding, and fail if one would stop the deployment or a text."""
    overrides = dict(pair.split("=", 1) for pair in settings_of(stage)["parameter_overrides"])
    refusals = 0
    for question in (account, quota, sms_tier, spend_limit, sender, certificate, alarm_topic):
        try:
            good, finding = question(overrides)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            good, finding = False, f"could not be asked: {type(error).__name__}: {error}"
        refusals += not good
        say(f"  {'ok ' if good else 'NO '} {question.__doc__.rstrip('.'):40} {finding}")
    if refusals:
        raise Failed(f"{refusals} of these would stop {stage}; infra/runbooks/deploy.md says what to do")


def account(overrides):
    """The account is the one that is configured."""
    found = _client("sts").get_caller_identity()["Account"]
    return overrides.get("AccountId", found) == found, found


def quota(_):
    """Enough functions may run at once."""
    found = _client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    return found >= LAMBDAS_AT_ONCE, f"{found} (at least {LAMBDAS_AT_ONCE})"


def sms_tier(overrides):
    """Texts may go to any number."""
    if "sns" in _carriers(overrides):
        boxed = _client("sns").get_sms_sandbox_account_status()["IsInSandbox"]
        return not boxed, "SNS is in its SMS sandbox" if boxed else "SNS is out of its sandbox"
    found = _client("pinpoint-sms-voice-v2").describe_account_attributes()["AccountAttributes"]
    tier = next((one["Value"] for one in found if one["Name"] == "ACCOUNT_TIER"), "unknown")
    return tier == "PRODUCTION", f"account tier {tier}"


def spend_limit(_):
    """Money may be spent on texts."""
    for limit in _client("pinpoint-sms-voice-v2").describe_spend_limits()["SpendLimits"]:
        if limit["Name"] == "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT":
            return limit["EnforcedLimit"] > 0, f"{limit['EnforcedLimit']} USD a month"
    return False, "no limit found"


def sender(overrides):
    """The sender exists."""
    wanted = overrides.get("EumOrigination", "")
    if "eum" not in _carriers(overrides):
        return True, "not needed by LiveRoute"
    if not wanted:
        return False, "EumOrigination is not set"
    texts = _client("pinpoint-sms-voice-v2")
    known = [one["SenderIdArn"] for one in texts.describe_sender_ids()["SenderIds"]]
    known += [one["PhoneNumberArn"] for one in texts.describe_phone_numbers()["PhoneNumbers"]]
    known += [one["PoolArn"] for one in texts.describe_pools()["Pools"]]
    return any(wanted in arn.replace("/", ":").split(":") or wanted == arn for arn in known), wanted


def certificate(overrides):
    """The certificate is issued."""
    if not overrides.get("DomainName"):
        return True, "no DomainName"
    found = _client("acm").describe_certificate(CertificateArn=overrides.get("CertificateArn", ""))
    return found["Certificate"]["Status"] == "ISSUED", found["Certificate"]["Status"]


def alarm_topic(overrides):
    """Somebody hears alarms."""
    if not (topic := overrides.get("AlarmTopicArn")):
        return False, "AlarmTopicArn is not set"
    attributes = _client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    heard = int(attributes["SubscriptionsConfirmed"])
    return heard > 0, f"{heard} subscribers"


def _carriers(overrides):
    """The carriers of live messages, without their shares."""
    return [lane.split(":")[0] for lane in overrides.get("LiveRoute", "eum").split(",")]


def _client(service):
    return boto3.client(service, region_name=REGION)
