"""The pinned tools: one virtual environment per requirements file, shared by clones.

Standard library only, since this runs before anything is installed.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv

from progress import run, step
from settings import CACHE, REQUIREMENTS, environment


def tool(name, program="python"):
    """The path of a program in the environment `name`, which is made if missing."""
    return environment_of(name) / "bin" / program


def environment_of(name):
    """The virtual environment of `requirements/<name>.txt` at its present content."""
    pins = REQUIREMENTS / f"{name}.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(version.encode() + pins.read_bytes()).hexdigest()[:12]
    home = CACHE / "tools" / f"{name}-{digest}"
    if not (home / "complete").exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with open(home.parent / f"{name}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (home / "complete").exists():
                _install(name, pins, home)
    return home


def _install(name, pins, home):
    with step(f"Install the tools of infra/requirements/{name}.txt"):
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        command = [home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check",
                   "--require-hashes", "--no-deps", "-r", pins]
        run(command, "pip", env=environment())
        (home / "complete").touch()


def cargo_has(subcommand):
    """Whether an optional cargo subcommand is installed."""
    return subprocess.run(["cargo", subcommand, "--version"], capture_output=True,
                          check=False).returncode == 0
