"""What whoever answers for privacy asks a stage: security events, and a sweep at once."""

import json
import time

import boto3

import deploy
from logs import readable
from progress import Failed, say
from remote import settings_of
from settings import REGION, STACK_FILE

# Who was refused or unknown, and what says that evidence is not what it should be.
EVENTS = r'"code":\s*"(unauthenticated|forbidden)"|chain_changed|not in the audit log|not what was written'
QUERY = f"fields @timestamp, @log, @message | filter @message like /{EVENTS}/ | sort @timestamp desc | limit 1000"
# So many log groups one query takes at most.
AT_ONCE = 50
BOOKMARK = "sto_00000000000000000000000000#live#SWP#bookmark"


def _client(service, stage):
    if stage == "local":
        if not STACK_FILE.exists():
            raise Failed("The local stack is not up: `make up` starts it")
        return deploy.client(service)
    settings_of(stage)
    return boto3.client(service, region_name=REGION)


def security_events(stage="local", hours="24"):
    """Print what CloudWatch Logs Insights finds in all functions' logs, newest first."""
    logs, found = _client("logs", stage), []
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/doorstep/{stage}/")
    groups = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    if not groups:
        raise Failed(f"There are no logs below /doorstep/{stage}/")
    for first in range(0, len(groups), AT_ONCE):
        found += _query(logs, groups[first:first + AT_ONCE], float(hours) * 3600)
    for event in sorted(found, key=lambda event: event["@timestamp"], reverse=True):
        function = event["@log"].rsplit("/", 1)[-1]
        print(f"{event['@timestamp']} {function:13} {readable(event['@message'])}")
    say(f"{len(found)} security events in {hours} hours")


def _query(logs, groups, seconds):
    # An event of this second would be missed by a query that ends with it.
    now = int(time.time()) + 1
    query = logs.start_query(logGroupNames=groups, startTime=int(now - seconds), endTime=now + 1,
                             queryString=QUERY)["queryId"]
    while (answer := logs.get_query_results(queryId=query))["status"] in ("Scheduled", "Running"):
        time.sleep(1)
    if answer["status"] != "Complete":
        raise Failed(f"The query ended as {answer['status']}")
    return [{field["field"]: field["value"] for field in row} for row in answer["results"]]


def sweep(stage="local"):
    """Sweep as if the last night were long over, and print what was found."""
    key = {"pk": {"S": BOOKMARK}, "sk": {"S": "-"}}
    _client("dynamodb", stage).delete_item(TableName=f"doorstep-{stage}-state", Key=key)
    since = int(time.time() * 1000)
    name = f"doorstep-{stage}-retention"
    answer = _client("lambda", stage).invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    say(f"Started {name}: {answer['StatusCode']}")
    logs, group = _client("logs", stage), f"/doorstep/{stage}/retention"
    for _ in range(900):
        events = logs.filter_log_events(logGroupName=group, startTime=since)["events"]
        lines = [event["message"] for event in events if "A sweep is" in event["message"]]
        if lines:
            print(json.dumps(json.loads(lines[-1]), indent=2))
            return
        time.sleep(1)
    raise Failed(f"The sweep said nothing in a quarter of an hour: see {group}")
