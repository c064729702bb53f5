"""After a restore of the state table: its items back, and nobody back who was erased.

The order, and when to do what: infra/runbooks/restore.md.
"""

import collections
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import boto3

import deploy
from progress import Failed, step
from remote import settings_of
from settings import REGION

ENTRY = re.compile(r"erasures/(sto_\w{26})/(test|live)/(\d{4}-\d\d-\d\d)/(usr_\w{26})\.json")
# What tells others: of an old item it was told long ago.
TOLD = ("out", "h")
# What is not there was deleted on purpose: API keys, used nonces, accounts and numbers given back.
GONE = ("KEY", "NON", "ACC", "INB")
# What may go back in time though it is there. Nothing else may: not a withdrawal, a count of tries,
# a status, a setting or the switch that stopped sending.
MAY_GO_BACK = ("USR", "TPL")
AT_ONCE = 10


def put_back(table="", stage="local", store="", over=""):
    """Put what is gone, of a whole restored table or of one store, back into the stage's state
    table; items of the kinds in `over` also in place of those that are there."""
    if not table:
        raise Failed("Name the restored table, as in `make put-back TABLE=doorstep-staging-restored STAGE=staging`")
    kinds = [kind for kind in over.split(",") if kind]
    if not set(kinds) <= set(MAY_GO_BACK):
        raise Failed(f"Only these may be put over what is there: {','.join(MAY_GO_BACK)}")
    resource, names = _of(stage)
    # A client may be used by several threads.
    db, done = resource("dynamodb").meta.client, collections.Counter()
    with step(f"Put items of {table} back"), ThreadPoolExecutor(AT_ONCE) as pool:
        for page in _pages(db, table):
            wanted = [item for item in page if store in item["pk"] and _is_wanted(item)]
            done.update(pool.map(lambda item: _put(db, names["StateTable"], item, kinds), wanted))
    print(f"{done[True]} items put back into {names['StateTable']}; {done[False]} are there as they should be")


def _pages(db, table):
    for page in db.get_paginator("scan").paginate(TableName=table):
        yield page["Items"]


def _kind(item):
    """What `{store}#{mode}#{kind}#{id}` is of."""
    return item["pk"].split("#")[2]


def _is_wanted(item):
    """Not what is gone for good, nor what would be over by now."""
    return _kind(item) not in GONE and item.get("ttl", time.time() + 1) > time.time()


def _put(db, table, item, over):
    """Whether the item was put: where there is none, or by its kind in place of another."""
    free = {} if _kind(item) in over else {"ConditionExpression": "attribute_not_exists(pk)"}
    item = {key: value for key, value in item.items() if key not in TOLD}
    try:
        db.put_item(TableName=table, Item=item, **free)
    except db.exceptions.ConditionalCheckFailedException:
        return False
    return True


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
