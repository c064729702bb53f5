"""A Rust compiler with arm64's standard library, where rustup has none.

Debian's security suite carries a complete newer Rust (`rustc-web`), with `libstd-rust-web-dev` for
arm64 as well. Its packages are unpacked into the cache: nothing is installed on the machine.
"""

import os
import pathlib
import shutil
import subprocess

from progress import Failed, run, step
from settings import CACHE, environment

HOME = CACHE / "tools" / "debian-rust"
TARGET = "aarch64-unknown-linux-gnu"
# Compiler, cargo, both standard libraries, and the shared libraries that they are linked to.
PACKAGES = [
    "rustc-web:amd64", "cargo-web:amd64", "libstd-rust-web-1.96:amd64", "libstd-rust-web-dev:amd64",
    "libstd-rust-web-dev:arm64", "libllvm22:amd64", "libgit2-1.5:amd64", "libhttp-parser2.9:amd64",
    "libmbedcrypto7:amd64", "libmbedx509-1:amd64", "libmbedtls14:amd64",
]


def path():
    """The search path for an arm64 build: rustup's programs if they can, else Debian's."""
    if _rustup_can():
        return os.environ["PATH"]
    if not (HOME / "complete").exists():
        with step("Unpack Debian's Rust for arm64"):
            _unpack()
    # Without rustup, which would fetch a target of its own.
    return os.pathsep.join([str(HOME / "bin"), "/usr/local/bin", "/usr/bin", "/bin"])


def _rustup_can():
    if not shutil.which("rustup"):
        return False
    listed = subprocess.run(["rustup", "target", "list", "--installed"], capture_output=True,
                            text=True, check=False)
    return TARGET in listed.stdout.split()


def _unpack():
    if not shutil.which("apt-get"):
        raise Failed(f"Add the target first: rustup target add {TARGET}")
    shutil.rmtree(HOME, ignore_errors=True)
    for folder in ("apt/lists/partial", "apt/cache/archives/partial", "debs", "root", "bin"):
        (HOME / folder).mkdir(parents=True)
    (HOME / "apt/status").touch()
    apt = ["apt-get", "--quiet", *_options()]
    log, env = HOME / "apt.log", environment()
    run([*apt, "update"], "apt-get update", log=log, env=env)
    run([*apt, "download", *PACKAGES], "apt-get download", log=log, cwd=HOME / "debs", env=env)
    for package in sorted((HOME / "debs").glob("*.deb")):
        run(["dpkg-deb", "-x", package, HOME / "root"], "dpkg-deb", log=log, env=env)
    for program in ("rustc", "rustdoc", "cargo"):
        _wrap(program)
    (HOME / "complete").touch()


def _options():
    """apt with a state of its own, for both architectures."""
    own = {
        "Dir::State": HOME / "apt", "Dir::State::status": HOME / "apt/status",
        "Dir::State::lists": HOME / "apt/lists", "Dir::Cache": HOME / "apt/cache",
        "APT::Architecture": "amd64", "APT::Sandbox::User": "root",
    }
    several = ["APT::Architectures::=amd64", "APT::Architectures::=arm64"]
    return [part for option in [*(f"{k}={v}" for k, v in own.items()), *several]
            for part in ("-o", option)]


def _wrap(program):
    """Start the unpacked program with the libraries that were unpacked beside it."""
    root = HOME / "root" / "usr"
    wrapper = pathlib.Path(HOME / "bin" / program)
    wrapper.write_text(f"#!/bin/sh\nLD_LIBRARY_PATH={root}/lib/x86_64-linux-gnu exec "
                       f'{root}/bin/{program} "$@"\n')
    wrapper.chmod(0o755)
