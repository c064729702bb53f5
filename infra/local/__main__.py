"""The commands behind the Makefile.

python3 infra/local up | down | logs | demo | test | bench | load | attack | check | build | release
python3 infra/local preflight | deploy | operator-key | rollback <stage>
python3 infra/local restore-drill
python3 infra/local put-back <table> [<stage> [<store> [<kinds>]]]
python3 infra/local replay-erasures [<stage> [<store>]]
python3 infra/local redrive <queue> [<stage>]
python3 infra/local security-events [<stage> [<hours>]]
python3 infra/local sweep [<stage>]
python3 infra/local tool <environment> <program>
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit("The local stack needs Python 3.11 or later as `python3`.")

import settings
import tools
from progress import Failed, say


def up():
    """Bring the whole stack up, or bring it up to date."""
    import build, deploy, processes, seed
    build.build()
    processes.start()
    deploy.deploy()
    seed.seed()
    say(f"Doorstep is up at {settings.API_URL}; keys are in .local/stack.json")


def down():
    """End the stack and throw its state away."""
    import processes
    processes.stop()
    say("Doorstep is down")


def logs():
    """Follow the functions' logs."""
    import logs as module
    module.follow()


def demo():
    """Tell one registration."""
    import demo as module
    return _on_a_stack(module.tell)


def build():
    """Build the functions as the local stack runs them."""
    import build as module
    module.build()


def release():
    """Build the functions as AWS runs them."""
    import build as module
    module.build(release=True)


def test():
    """Run every test."""
    import quality
    quality.lint()
    return _on_a_stack(quality.test)


def bench():
    """Measure, and print the performance table."""
    import quality
    return _on_a_stack(quality.bench)


def load():
    """Measure the way of a text under load."""
    import quality
    return _on_a_stack(quality.load)


def attack():
    """Play an attack among honest shoppers, by the real rules, in memory."""
    import quality
    quality.attack()


def restore_drill():
    """Rehearse a restore."""
    import quality
    return _on_a_stack(quality.restore_drill)


def _on_a_stack(action):
    """Do something on the running stack, else on one that ends with it."""
    import processes
    was_up = processes.running()
    try:
        up()
        return action()
    finally:
        if not was_up:
            processes.stop()


def check():
    """Lint the template and audit the dependencies."""
    import quality
    quality.check()


def preflight(stage):
    """Ask AWS what it would refuse."""
    import preflight as module
    module.preflight(stage)


def deploy(stage):
    """Deploy to a stage."""
    import remote
    remote.deploy(stage)


def operator_key(stage):
    """Make a stage's first operator key."""
    import remote
    remote.operator_key(stage)


def rollback(stage):
    """Go back to the release before."""
    import remote
    remote.rollback(stage)


def redrive(*queue_and_stage):
    """Move a queue's dead letters back."""
    import redrive as module
    module.redrive(*queue_and_stage)


def security_events(*stage_and_hours):
    """Tell who was refused or unknown, and what is not as it should be."""
    import duties
    duties.security_events(*stage_and_hours)


def sweep(*stage):
    """Sweep now."""
    import duties
    duties.sweep(*stage)


def put_back(*table_stage_store_and_kinds):
    """Put what is gone back from a restored table."""
    import restore
    restore.put_back(*table_stage_store_and_kinds)


def replay_erasures(*stage_and_store):
    """Have the erasures of the journal done again."""
    import restore
    restore.replay_erasures(*stage_and_store)


LOCAL = {"up": up, "down": down, "logs": logs, "demo": demo, "build": build, "release": release,
         "test": test, "bench": bench, "load": load, "attack": attack,
         "restore-drill": restore_drill, "check": check}
RESTORE = {"put-back": (put_back, 4), "replay-erasures": (replay_erasures, 2)}
REMOTE = {"preflight": preflight, "deploy": deploy, "operator-key": operator_key,
          "rollback": rollback}
ASKED = {"redrive": redrive, "security-events": security_events, "sweep": sweep}


def main(arguments):
    """Run one command, under the tools' own interpreter."""
    command, *rest = arguments or [""]
    try:
        if command == "tool" and len(rest) == 2:
            print(tools.tool(*rest))
            return 0
        if command in LOCAL and not rest:
            _with_the_tools(arguments)
            return LOCAL[command]() or 0
        if command in ASKED and len(rest) <= 2:
            _with_the_tools(arguments)
            return ASKED[command](*rest) or 0
        if command in RESTORE and len(rest) <= RESTORE[command][1]:
            _with_the_tools(arguments)
            return RESTORE[command][0](*rest) or 0
        if command in REMOTE:
            _with_the_tools(arguments)
            return REMOTE[command](rest[0] if rest else "") or 0
    except Failed as failure:
        say(f"\n{failure}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(__doc__)
    return 2


def _with_the_tools(arguments):
    """Start again under the interpreter that has boto3 and the emulator, unless this is it."""
    interpreter = tools.tool("emulator")
    if os.path.realpath(sys.prefix) != os.path.realpath(interpreter.parent.parent):
        os.execv(interpreter, [str(interpreter), "-B", os.path.dirname(__file__), *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
