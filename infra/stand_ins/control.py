"""How a test plays with a stand-in, on the control's port and, while it is open, the service's:

GET  /_stand-in/received   {"messages": [{kind, to, from, text, ref, id, at, validity, …}]}
GET  /_stand-in/switch     the present order
POST /_stand-in/switch     {"mode": …, "code": …, "seconds": …, "for": [numbers], "times": n}
POST /_stand-in/inbound    {"from": …, "to": …, "text": …, "url": …}: a shopper writes
POST /_stand-in/reset      forget, and behave
"""

from switch import MODES
from web import Listener, Reply


class Control:
    """Answers for a service."""

    def __init__(self, service, port):
        self._service = service
        self._listener = Listener(port, self.answer)

    @property
    def port(self):
        """The control's port."""
        return self._listener.port

    def start(self):
        """Accepts connections."""
        self._listener.open()

    def answer(self, request):
        """The reply to a request under /_stand-in/."""
        service, switch = self._service, self._service.switch
        match request.method, request.path.removeprefix("/_stand-in/"):
            case "GET", "received":
                return Reply(200, {"messages": service.received()})
            case "GET", "switch":
                return Reply(200, {**switch.shown(), "modes": MODES})
            case "POST", "switch":
                return self._set(request.json())
            case "POST", "reset":
                service.reset()
                return Reply(200, {})
            case "POST", "inbound":
                return self._inbound(request.json())
        return Reply(404, {"error": "there is received, switch, reset and inbound"})

    def _set(self, order):
        if not isinstance(order, dict):
            return Reply(400, {"error": "an order is a JSON object"})
        wrong = self._service.switch.set(order)
        if wrong:
            return Reply(400, {"error": wrong})
        if order.get("mode") == "refuse":
            self._service.close()
        else:
            self._service.open()
        return Reply(200, self._service.switch.shown())

    def _inbound(self, text):
        if not isinstance(text, dict) or not {"from", "to", "text"} <= set(text):
            return Reply(400, {"error": "a text has from, to and text"})
        status = self._service.carrier.inbound(text, text.get("url"))
        return Reply(200, {"answered": status})
