"""What `make test` and `make check` run."""

import os
import re
import subprocess

from progress import Failed, run, say, step
from settings import FAKE_AWS, HOST, ROOT, STACK_FILE, TARGET, environment
from tools import browser, cargo_has, corpora, node, node_modules, tool

RESULT = re.compile(r"test result: \w+\. (\d+) passed; (\d+) failed;")
FAILURE = re.compile(r"---- .+ stdout ----")


def cargo(*arguments, **extra):
    """A cargo command, and how it is to be run."""
    # With the target named, as cargo-lambda names it, both share what they compile.
    env = environment(CARGO_TARGET_DIR=str(TARGET), CARGO_BUILD_TARGET=HOST,
                      DOORSTEP_STACK=str(STACK_FILE), **FAKE_AWS, **extra)
    return ["cargo", *arguments], {"cwd": ROOT, "env": env}


def lint():
    """Format and lints, before anything slow."""
    for name, arguments in {
        "Check the format": ("fmt", "--all", "--check"),
        "Check the lints": ("clippy", "--profile", "fast", "--workspace", "--all-targets", "--all-features", "--quiet",
                            "--", "-D", "warnings"),
    }.items():
        with step(name):
            command, options = cargo(*arguments)
            run(command, name, **options)


def others():
    """Where the tests find what shares no code with us: carriers' own libraries, and an SMSC."""
    try:
        packages, programs = node_modules(), node() / "bin"
    except (Failed, OSError) as failure:
        raise Failed("The tests of SMPP play a carrier under Node.js, which infra/requirements/node.txt "
                     f"pins; it or its npm packages could not be installed: {failure}") from failure
    return {"DOORSTEP_CARRIERS_PYTHON": str(tool("carriers")),
            "DOORSTEP_SCHEMATHESIS_PYTHON": str(tool("schemathesis")), "DOORSTEP_NODE_MODULES": str(packages),
            "DOORSTEP_CORPORA": str(corpora()), "DOORSTEP_BROWSER": str(browser()),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


def test():
    """Run every test of the workspace against the running stack; count them on the last line."""
    command, options = cargo("test", "--profile", "fast", "--workspace", "--features",
                             "doorstep-tests/stack", "--no-fail-fast", **others())
    passed = failed = 0
    failures, failing = [], False
    with step("Build and run the tests"):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as tests:
            for line in tests.stdout:
                print(line, end="", flush=True)
                if found := RESULT.search(line):
                    passed, failed = passed + int(found[1]), failed + int(found[2])
                # What a failed test said, to the line where its way through the code begins.
                failing = bool(FAILURE.match(line)) or failing and line.strip() not in ("stack backtrace:", "failures:")
                if failing:
                    failures.append(line)
    print(*failures, sep="", end="")
    broken = tests.returncode != 0 or passed == 0
    if broken and not failed:
        say("A test program did not build or did not end by itself, or none ran.")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if broken else 0


def restore_drill():
    """Restore the table to a time before an erasure, and prove that nobody is back."""
    command, options = cargo("test", "--profile", "fast", "--workspace", "--features",
                             "doorstep-tests/stack", "--test", "restore_drill")
    run(command, "The drill", **options)


def bench():
    """Run the benchmark of the tests' package."""
    command, options = cargo("run", "--quiet", "--profile", "fast", "--package", "doorstep-tests",
                             "--bin", "bench", "--", "--release")
    run(command, "The benchmark", **options)


def load(*options):
    """Measure the way of a text under load; `--episode` kills a carrier under it."""
    command, options = cargo("run", "--quiet", "--profile", "fast", "--package", "doorstep-tests",
                             "--bin", "load", "--", *options)
    run(command, "The load test", **options)


def attack():
    """Simulate honest traffic, then attacks in its midst."""
    command, options = cargo("run", "--quiet", "--profile", "fast", "--package", "doorstep-fakes",
                             "--example", "attack")
    run(command, "The attack", **options)


def check():
    """Lint the templates, each for its region, and audit the dependencies."""
    for template, region in {"template.yaml": "eu-west-2", "infra/firewall.yaml": "us-east-1"}.items():
        with step(f"Lint {template}"):
            run([tool("checks", "cfn-lint"), "--non-zero-exit-code", "warning", "--regions", region,
                 "--", ROOT / template],
                "cfn-lint", cwd=ROOT, env=environment(AWS_DEFAULT_REGION=region))
    audits = {"deny": ("deny", "check"), "audit": ("audit",)}
    for subcommand, arguments in audits.items():
        if not cargo_has(subcommand):
            say(f"── cargo {subcommand} is not installed: left out (cargo install cargo-{subcommand})")
            continue
        with step(f"cargo {' '.join(arguments)}"):
            command, options = cargo(*arguments)
            run(command, f"cargo {subcommand}", **options)
