"""The service that every stand-in offers: take a message, answer, and report on it later."""

import threading
import time
from datetime import datetime, timezone

from switch import Switch
from web import HANG_UP, Listener, Reply

LONGEST_HANG = 120


class Service:
    """One carrier's service, with what it received."""

    def __init__(self, carrier, options):
        self.carrier = carrier
        self.switch = Switch()
        self.control = None
        self._delay = options.delay_ms / 1000
        self._listener = Listener(options.port, self._answer)
        self._lock = threading.Lock()
        self._received = []
        carrier.note = self._note

    @property
    def port(self):
        """The service's port."""
        return self._listener.port

    def open(self):
        """Accepts connections."""
        self._listener.open()

    def close(self):
        """Refuses connections."""
        self._listener.close()

    def received(self):
        """All messages that came in, oldest first."""
        with self._lock:
            return [dict(message) for message in self._received]

    def reset(self):
        """Forgets what came in, and behaves."""
        with self._lock:
            self._received.clear()
        self.switch.set({"mode": "ok"})
        self.open()

    def _note(self, message, **more):
        with self._lock:
            message.update(more)

    def _answer(self, request):
        if request.path.startswith("/_stand-in/"):
            return self.control.answer(request)
        message = self.carrier.receive(request)
        if isinstance(message, Reply):
            return message
        order = self.switch.take(message["to"])
        message.update(at=datetime.now(timezone.utc).isoformat(), mode=order["mode"],
                       trace=request.headers.get("traceparent"))
        with self._lock:
            self._received.append(message)
        return self._play(message, order)

    def _play(self, message, order):
        mode, code = order["mode"], order.get("code")
        if mode in ("hang", "drop"):
            if mode == "hang":
                self.switch.wait(LONGEST_HANG)
            return HANG_UP
        if mode in ("500", "429"):
            return self.carrier.failure(message, int(mode))
        if mode == "error":
            return self.carrier.error(message, code)
        if mode == "slow":
            self.switch.wait(float(order["seconds"]))
        if mode == "early":
            self._report(message, True, None, 1)
            return self.carrier.accept(message)
        if mode != "silent":
            delivered, times = mode != "undelivered", 2 if mode == "duplicate" else 1
            later = threading.Timer(self._delay, self._later, (message, delivered, code, times))
            later.daemon = True
            later.start()
        return self.carrier.accept(message)

    def _later(self, message, delivered, code, times):
        if message.get("kind") == "call" and delivered:
            self.carrier.ring(message)
        self.carrier.report(message, "sent", None)
        time.sleep(self._delay)
        self._report(message, delivered, code, times)

    def _report(self, message, delivered, code, times):
        for _ in range(times):
            self.carrier.report(message, "delivered" if delivered else "undelivered", code)
