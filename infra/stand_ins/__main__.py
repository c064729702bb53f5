"""Stand-ins for carriers, on loopback: they speak the real wire formats and deliver nothing.

python3 infra/stand_ins twilio|vonage|eum|http --port N [--control-port N] [options]

Each option may also come by environment: `--auth-token` as STAND_IN_AUTH_TOKEN. How a stand-in is
played with is said in `control.py`.
"""

import argparse
import os
import signal
import threading

import eum
import plain
import twilio
import vonage
from control import Control
from service import Service

CARRIERS = {
    "twilio": twilio.Twilio,
    "vonage": vonage.Vonage,
    "eum": eum.EndUserMessaging,
    "http": plain.Plain,
}


def arguments():
    """What the command line and the environment say."""
    parser = argparse.ArgumentParser(prog="stand_ins", description=__doc__.splitlines()[0])
    parser.add_argument("carrier", choices=sorted(CARRIERS))

    def option(name, default, about, kind=str):
        variable = "STAND_IN_" + name.replace("-", "_").upper()
        parser.add_argument(f"--{name}", type=kind, default=kind(os.environ.get(variable, default)),
                            help=f"{about} (default: {default or 'none'})")

    option("port", "0", "the service's port; 0 takes a free one", int)
    option("control-port", "0", "the control's port; 0 takes a free one", int)
    option("delay-ms", "300", "how long a receipt takes, in milliseconds", int)
    option("webhook-url", "", "where an account's receipts go that name no URL; /inbound for texts")
    for carrier in CARRIERS.values():
        for name, default, about in carrier.OPTIONS:
            option(name, default, f"{carrier.TITLE}: {about}")
    return parser.parse_args()


def main():
    """Serves until it is told to end."""
    options = arguments()
    service = Service(CARRIERS[options.carrier](options), options)
    control = Control(service, options.control_port)
    service.control = control
    control.start()
    service.open()
    print(f"{options.carrier} stands in at http://127.0.0.1:{service.port}, "
          f"controlled at http://127.0.0.1:{control.port}", flush=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


if __name__ == "__main__":
    main()
