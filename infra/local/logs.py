"""Follow what the functions log, oldest first, one readable line each."""

import json
import time

from deploy import client, resources

PLATFORM = ("START ", "END ", "REPORT ", "INIT_START ")


def follow():
    """Print log lines of all functions until interrupted."""
    logs, seen, since = client("logs"), set(), int((time.time() - 300) * 1000)
    groups = [name for key, name in resources().items() if key.endswith("Logs")]
    while True:
        found = {(event["timestamp"], group.rsplit("/", 1)[1], event["message"],
                  event["logStreamName"]) for group in groups for event in _events(logs, group, since)}
        for at, name, message, _ in sorted(found - seen):
            if not message.startswith(PLATFORM):
                clock = time.strftime("%H:%M:%S", time.localtime(at / 1000))
                print(f"{clock} {name:13} {readable(message)}", flush=True)
        seen |= found
        time.sleep(1)


def _events(logs, group, since):
    pages = logs.get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=group, startTime=since):
        yield from page["events"]


def readable(message):
    """A JSON log line as level, sentence and fields; other lines as they are."""
    try:
        line = json.loads(message)
        fields = line.get("fields", line)
        sentence = fields.pop("message", "")
    except (ValueError, AttributeError):
        return message.rstrip()
    rest = " ".join(f"{name}={value}" for name, value in fields.items()
                    if name not in ("timestamp", "level", "target", "span", "spans"))
    return f"{line.get('level', ''):5} {sentence} {rest}".rstrip()
