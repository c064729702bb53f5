"""Dead letters, back into the queue that they came from."""

import collections
import re
import time

import boto3

import deploy
from progress import Failed, step
from remote import settings_of
from settings import REGION, STACK_FILE, TEMPLATE

QUEUE = re.compile(r"QueueName: !Sub doorstep-\$\{Stage\}-([a-z-]+)$", re.MULTILINE)
TRIED = "without a reason: tried too often, or never delivered to the queue"


def names():
    """Short names of the template's queues that have a dead-letter queue."""
    found = set(QUEUE.findall(TEMPLATE.read_text()))
    return sorted(name for name in found if f"{name}-dlq" in found)


def redrive(name="", stage="local"):
    """Move what is in a queue's dead-letter queue back, and tell why it was there."""
    if name not in names():
        raise Failed(f"Name a queue, as in `make redrive QUEUE=timers`: {', '.join(names())}")
    if stage == "local":
        if not STACK_FILE.exists():
            raise Failed("The local stack is not up: `make up` starts it")
        count, reasons = _by_hand(deploy.client("sqs"), f"doorstep-local-{name}")
    else:
        settings_of(stage)
        count, reasons = _by_task(boto3.client("sqs", region_name=REGION), f"doorstep-{stage}-{name}")
    for why, times in reasons.most_common():
        print(f"{times:6} {why}")
    print(f"{count} moved from {name}-dlq to {name}")


def _by_hand(sqs, name):
    """Receive, send, delete: a crash in between leaves a message twice, never lost."""
    source, target = (_url(sqs, queue) for queue in (f"{name}-dlq", name))
    moved = collections.Counter()
    # What comes back while this runs is left for the next time.
    waiting = int(_attribute(sqs, source, "ApproximateNumberOfMessages"))
    while moved.total() < waiting and (letters := _receive(sqs, source, 30)):
        for letter in letters:
            sqs.send_message(QueueUrl=target, MessageBody=letter["Body"])
            sqs.delete_message(QueueUrl=source, ReceiptHandle=letter["ReceiptHandle"])
            moved[reason(letter)] += 1
    return moved.total(), moved


def _by_task(sqs, name):
    """Let SQS move them, after a look at the reasons of those that it shows."""
    source, target = (_url(sqs, queue) for queue in (f"{name}-dlq", name))
    seen, idle = {}, 0
    while idle < 5:
        before = len(seen)
        seen |= {letter["MessageId"]: reason(letter) for letter in _receive(sqs, source, 0)}
        idle = 0 if len(seen) > before else idle + 1
    if not seen:
        return 0, collections.Counter()
    with step(f"Move {name}-dlq to {name}"):
        # With a destination, as SQS does not know where a buried message came from.
        sqs.start_message_move_task(SourceArn=_arn(sqs, source), DestinationArn=_arn(sqs, target))
        while (task := _latest(sqs, source))["Status"] == "RUNNING":
            time.sleep(2)
    if task["Status"] != "COMPLETED":
        raise Failed(f"SQS ended the move: {task['Status']} {task.get('FailureReason', '')}")
    return task["ApproximateNumberOfMessagesMoved"], collections.Counter(seen.values())


def _latest(sqs, source):
    return sqs.list_message_move_tasks(SourceArn=_arn(sqs, source), MaxResults=1)["Results"][0]


def reason(letter):
    """Why a message is a dead letter. Its body stays unseen: it may be personal, if sealed."""
    told = {key: value.get("StringValue") for key, value in letter.get("MessageAttributes", {}).items()}
    return f"{told['reason']}, buried by {told.get('function')}" if "reason" in told else TRIED


def _receive(sqs, url, seconds):
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=seconds,
                                 WaitTimeSeconds=1, MessageAttributeNames=["All"])
    return answer.get("Messages", [])


def _url(sqs, name):
    try:
        return sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        raise Failed(f"This stage has no queue {name}") from None


def _arn(sqs, url):
    return _attribute(sqs, url, "QueueArn")


def _attribute(sqs, url, name):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
