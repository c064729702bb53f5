"""Where things are, and what the local stack is called. Standard library only."""

import json
import os
import pathlib
import platform

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
STACK_FILE = LOCAL / "stack.json"
DEPLOYED = LOCAL / "deployed.json"
STATE_FILE = LOCAL / "processes.json"
LAMBDA_DIR = ROOT / ".build" / "lambda"
CACHE = pathlib.Path(os.environ.get("DOORSTEP_CACHE") or pathlib.Path.home() / ".cache" / "doorstep")
TARGET = CACHE / "target"
REQUIREMENTS = ROOT / "infra" / "requirements"
OPENAPI = ROOT / "infra" / "openapi.yaml"
TEMPLATE = ROOT / "template.yaml"

REGION = "eu-west-2"
STACK = "doorstep-local"
BUCKET = "doorstep-local-artifacts"


def _port():
    """The port that was asked for, else that of the running stack, else the usual one."""
    running = json.loads(STATE_FILE.read_text())["port"] if STATE_FILE.exists() else 4566
    return int(os.environ.get("DOORSTEP_PORT") or running)


PORT = _port()
API_PORT = PORT + 1
EMULATOR_URL = f"http://127.0.0.1:{PORT}"
API_URL = f"http://127.0.0.1:{API_PORT}"
ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
HOST = f"{'aarch64' if ARCHITECTURE == 'arm64' else 'x86_64'}-unknown-linux-gnu"

# The emulator accepts any credentials; real ones must never reach it.
FAKE_AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ENDPOINT_URL": EMULATOR_URL,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def environment(**extra):
    """The caller's environment without its AWS settings, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"SAM_CLI_TELEMETRY": "0", "PYTHONDONTWRITEBYTECODE": "1"} | extra
