"""The functions' binaries, built once for the whole workspace."""

import contextlib
import fcntl
import hashlib
import os
import re

import arm64
from progress import run, step
from settings import CACHE, LAMBDA_DIR, ROOT, TARGET, TEMPLATE, environment
from tools import tool


def packages():
    """The packages that the template deploys."""
    return sorted(set(re.findall(r"CodeUri: \.build/lambda/([a-z-]+)/", TEMPLATE.read_text())))


def build(release=False):
    """Build the functions: quickly for this machine, or small for arm64."""
    tools = tool("build", "cargo-lambda").parent
    command = [tools / "cargo-lambda", "lambda", "build", "--lambda-dir", LAMBDA_DIR]
    if release:
        command += ["--release", "--arm64"]
    else:
        command += ["--profile", "fast", "--compiler", "cargo"]
    command += [part for package in packages() for part in ("--package", package)] if release \
        else ["--workspace"]
    path = f"{tools}{os.pathsep}{arm64.path() if release else os.environ['PATH']}"
    with step("Build the functions" + (" for arm64" if release else "")), _alone("release" if release else "fast"):
        run(command, "cargo lambda", cwd=ROOT, env=environment(PATH=path, CARGO_TARGET_DIR=str(TARGET)))


@contextlib.contextmanager
def _alone(profile):
    """Clones share the cache: none may copy what another one has just built."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"build-{profile}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fingerprints():
    """Digests of what a deployment is made of: the description, and each function's code."""
    described = [TEMPLATE, ROOT / "samconfig.toml", ROOT / "infra/openapi.yaml"]
    prints = {"": hashlib.sha256(b"".join(file.read_bytes() for file in described)).hexdigest()}
    for package in packages():
        code = (LAMBDA_DIR / package / "bootstrap").read_bytes()
        prints[package] = hashlib.sha256(code).hexdigest()
    return prints
