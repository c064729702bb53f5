"""How a stand-in behaves: as it should, or in one of the ways in which carriers go wrong."""

import threading

MODES = {
    "ok": "accepts; receipts `sent` and `delivered` follow",
    "refuse": "closes its port",
    "hang": "reads the request and never answers",
    "drop": "reads the request and closes the connection",
    "500": "answers 500",
    "429": "answers 429",
    "error": "answers with the carrier's own error `code`",
    "slow": "accepts after `seconds`",
    "silent": "accepts; no receipt follows",
    "undelivered": "accepts; the last receipt says undelivered, with `code`",
    "duplicate": "accepts; the last receipt comes twice",
    "early": "the last receipt comes before the answer",
    "voicemail": "accepts; a call is taken, and no key is pressed",
}


class Switch:
    """The present mode, perhaps for some numbers and a number of times only."""

    def __init__(self):
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._set({"mode": "ok"})

    def _set(self, order):
        self._order = {"code": None, "seconds": 10, "for": None, "times": None, **order}

    def set(self, order):
        """Takes an order such as {"mode": "error", "code": "21211", "for": ["+44…"], "times": 2}.

        Whatever hangs is let go. Returns what is wrong with the order, if anything.
        """
        mode = str(order.get("mode", "ok"))
        unknown = set(order) - {"mode", "code", "seconds", "for", "times"}
        if mode not in MODES or unknown:
            return f"mode is one of {', '.join(MODES)}; beside it: code, seconds, for, times"
        with self._lock:
            self._set({**order, "mode": mode})
            changed, self._changed = self._changed, threading.Event()
        changed.set()
        return None

    def shown(self):
        """The present order."""
        with self._lock:
            return dict(self._order)

    def take(self, number):
        """The order that counts for this number; one of its times is used up."""
        with self._lock:
            order = self._order
            if order["for"] and number not in order["for"]:
                return {"mode": "ok"}
            if order["times"] is not None:
                if order["times"] <= 0:
                    return {"mode": "ok"}
                order["times"] -= 1
            return dict(order)

    def wait(self, seconds):
        """Waits until the switch is set anew, or so long."""
        with self._lock:
            changed = self._changed
        changed.wait(seconds)
