"""The processes of the local stack: the emulator, the gateway before it, carriers' stand-ins."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import carriers
from progress import Failed, step
from settings import (API_PORT, DEPLOYED, EMULATOR_URL, LOCAL, PORT, REGION, ROOT, STATE_FILE,
                      environment)


def running():
    """Whether everything that `start` started is still there."""
    started = _record()["processes"].values()
    return bool(started) and all(_alive(pid, mark) for pid, mark in started)


def start():
    """Start the emulator and the gateway, detached from this terminal."""
    if running() and DEPLOYED.exists() and _record()["port"] == PORT:
        return
    stop()
    for port in (PORT, API_PORT, *carriers.ports()):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise Failed(f"Port {port} is taken; choose another one: DOORSTEP_PORT=4600 make up")
    (LOCAL / "tmp").mkdir(parents=True, exist_ok=True)
    with step(f"Start the emulator on 127.0.0.1:{PORT}"):
        emulator = _spawn("emulator", [sys.executable, "-m", "ministack"], _emulator_environment())
        gateway = _spawn("gateway", [sys.executable, str(ROOT / "infra/local/gateway.py")],
                         environment(DOORSTEP_PORT=str(PORT)))
        processes = {"emulator": [emulator, "ministack"], "gateway": [gateway, "gateway.py"]}
        for name, command in carriers.stand_ins():
            processes[name] = [_spawn(name, command, environment()), "stand_ins"]
        STATE_FILE.write_text(json.dumps({"port": PORT, "processes": processes}))
        _wait_until_ready()


def stop():
    """End the processes and the functions they run, and forget the state."""
    for pid, mark in _record()["processes"].values():
        if _alive(pid, mark):
            _end(pid)
    for pid in _functions():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(LOCAL, ignore_errors=True)


def _emulator_environment():
    """Its own settings and nothing else: functions inherit what the emulator has."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(LOCAL / "tmp"),
        "TMPDIR": str(LOCAL / "tmp"),
        "GATEWAY_PORT": str(PORT),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _spawn(name, command, env):
    with open(LOCAL / f"{name}.log", "wb") as log:
        return subprocess.Popen(command, env=env, cwd=LOCAL, stdin=subprocess.DEVNULL, stdout=log,
                                stderr=subprocess.STDOUT, start_new_session=True).pid


def _wait_until_ready():
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"{EMULATOR_URL}/_ministack/health", timeout=2):
                return
        if not running():
            break
        time.sleep(0.2)
    raise Failed(f"The emulator did not start; see {LOCAL}/emulator.log")


def _record():
    """What `start` wrote down."""
    return json.loads(STATE_FILE.read_text()) if STATE_FILE.exists() else {"port": PORT, "processes": {}}


def _processes():
    """Pairs of process id and command line."""
    listing = subprocess.run(["ps", "-axww", "-o", "pid=,stat=,command="], capture_output=True,
                             text=True, check=True)
    for line in listing.stdout.splitlines():
        pid, state, command = (line.split(None, 2) + [""])[:3]
        if not state.startswith("Z"):
            yield int(pid), command


def _alive(pid, mark):
    return any(found == pid and mark in command for found, command in _processes())


def _functions():
    """Functions of this stack: their code lies below this clone's own folder."""
    return [pid for pid, command in _processes() if command.startswith(str(LOCAL / "tmp"))]


def _end(pid):
    """Ask a process to end, and insist after five seconds."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        for _ in range(50):
            time.sleep(0.1)
            if not any(found == pid for found, _ in _processes()):
                return
        os.kill(pid, signal.SIGKILL)
