"""Cloudflare Turnstile's siteverify, with its documented test keys.

https://developers.cloudflare.com/turnstile/troubleshooting/testing/: the secret 1x…AA passes every
token, 2x…AA none, and 3x…AA finds each spent. Any other secret is not known here. A token may be
`host|cdata`: then it was solved there, bound to that; a token counts once.

python3 infra/stand_ins/turnstile.py --port N
"""

import argparse
import json
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

PASSES = "1x0000000000000000000000000000000AA"
FAILS = "2x0000000000000000000000000000000AA"
SPENT = "3x0000000000000000000000000000000AA"


class Siteverify:
    """What Cloudflare would say."""

    def __init__(self):
        self._used, self._lock = set(), threading.Lock()

    def answer(self, asked):
        """The answer to one question."""
        secret, token = asked.get("secret", ""), asked.get("response", "")
        if not secret:
            return _failed("missing-input-secret")
        if secret not in (PASSES, FAILS, SPENT):
            return _failed("invalid-input-secret")
        if not token:
            return _failed("missing-input-response")
        if secret == FAILS:
            return _failed("invalid-input-response")
        with self._lock:
            spent = token in self._used
            self._used.add(token)
        if secret == SPENT or spent:
            return _failed("timeout-or-duplicate")
        host, _, cdata = token.partition("|")
        return {"success": True, "error-codes": [], "hostname": host, "cdata": cdata, "action": "",
                "challenge_ts": datetime.now(timezone.utc).isoformat(timespec="milliseconds")}


def _failed(code):
    return {"success": False, "error-codes": [code], "messages": []}


class _Handler(BaseHTTPRequestHandler):
    siteverify = Siteverify()

    def do_POST(self):
        """A question, as JSON or as a form."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        try:
            asked = json.loads(body) if is_json else dict(parse_qsl(body))
            answer = self.siteverify.answer(asked)
        except (ValueError, AttributeError):
            answer = _failed("bad-request")
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Tokens are nobody's business."""


def main():
    """Serves until it is told to end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), _Handler)
    print(f"turnstile stands in at http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
