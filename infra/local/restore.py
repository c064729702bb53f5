"""After a restore of the state table: its items back, and nobody back who was erased.

The order, and when to do what: infra/runbooks/restore.md.
"""

import json
import re

import boto3

import deploy
from progress import Failed, step
from remote import settings_of
from settings import REGION

ENTRY = re.compile(r"erasures/(sto_\w{26})/(test|live)/(\d{4}-\d\d-\d\d)/(usr_\w{26})\.json")
# What tells others: of an old item it was told long ago.
TOLD = ("out", "h")


def put_back(table="", stage="local", store=""):
    """Put the items of a restored table, or those of one store, into the stage's state table."""
    if not table:
        raise Failed("Name the restored table, as in `make put-back TABLE=doorstep-staging-restored STAGE=staging`")
    resource, names = _of(stage)
    items = resource("dynamodb").Table(table)
    page, count = items.scan(), 0
    with step(f"Put items of {table} back"), \
            resource("dynamodb").Table(names["StateTable"]).batch_writer() as writer:
        while True:
            for item in page["Items"]:
                if store in item["pk"]:
                    writer.put_item(Item={key: value for key, value in item.items() if key not in TOLD})
                    count += 1
            if "LastEvaluatedKey" not in page:
                break
            page = items.scan(ExclusiveStartKey=page["LastEvaluatedKey"])
    print(f"{count} items put back into {names['StateTable']}")


def replay_erasures(stage="local", store=""):
    """Have every erasure of the journal, or those of one store, done again."""
    resource, names = _of(stage)
    queue, count = resource("sqs").Queue(names["JobsQueue"]), 0
    with step("Replay the journal of erasures"):
        for entry in resource("s3").Bucket(names["Bucket"]).objects.filter(Prefix=f"erasures/{store}"):
            if found := ENTRY.fullmatch(entry.key):
                queue.send_message(MessageBody=json.dumps(_job(*found.groups())))
                count += 1
    print(f"{count} erasures are being done again; {names['JobsQueue']} is empty when they are")


def _job(store, mode, day, user):
    return {"store": store, "mode": mode, "type": "replay", "item": f"JRN#{day}/{user}", "traceparent": ""}


def _of(stage):
    """How to reach a stage's services, and the names of its resources."""
    if stage == "local":
        return deploy.resource, deploy.resources()
    stack = boto3.resource("cloudformation", region_name=REGION).Stack(settings_of(stage)["stack_name"])
    names = {found.logical_resource_id: found.physical_resource_id for found in stack.resource_summaries.all()}
    return lambda service: boto3.resource(service, region_name=REGION), names
