"""One line per step, and a sign of life while a step lasts. Standard library only."""

import contextlib
import subprocess
import sys
import threading
import time


class Failed(Exception):
    """A step failed; the message says what to do next."""


def say(text):
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(name):
    """Name a step, show each ten seconds that it lives, and tell how long it took."""
    started = time.monotonic()
    done = threading.Event()

    def heartbeat():
        while not done.wait(10):
            say(f"   … {name}: {time.monotonic() - started:.0f} s")

    say(f"── {name}")
    threading.Thread(target=heartbeat, daemon=True).start()
    try:
        yield
    finally:
        done.set()
    if (took := time.monotonic() - started) > 2:
        say(f"   {took:.0f} s")


def run(command, name, *, log=None, **options):
    """Run a command to its end; on failure show the end of what it wrote."""
    command = [str(part) for part in command]
    if log is None:
        if subprocess.run(command, **options).returncode:
            raise Failed(f"{name} failed: {' '.join(command)}")
        return
    with open(log, "w+", encoding="utf-8") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, **options)
        if done.returncode:
            output.seek(0)
            raise Failed(f"{name} failed; the end of {log}:\n" + "".join(output.readlines()[-30:]))
