"""Requests, replies, and a server for them that withstands hundreds at once."""

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes

    def form(self):
        """The body as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def json(self):
        """The body as JSON, or None."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            return None


@dataclass
class Reply:
    """What is answered. Without a status the connection is closed instead."""

    status: int | None
    body: object = ""
    headers: dict = field(default_factory=dict)

    def content(self):
        """Bytes and their content type."""
        if isinstance(self.body, str):
            return self.body.encode(), "text/plain; charset=utf-8"
        return json.dumps(self.body).encode(), "application/json"


HANG_UP = Reply(None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512


class Listener:
    """A server that can be closed and opened again on its port."""

    def __init__(self, port, answer):
        self.port = port
        self._answer = answer
        self._server = None

    def open(self):
        """Listens, unless it does."""
        if self._server is None:
            self._server = _Server((HOST, self.port), _handler(self._answer))
            self.port = self._server.server_port
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Refuses connections from now on."""
        if self._server is not None:
            server, self._server = self._server, None
            server.shutdown()
            server.server_close()


def _handler(answer):
    class Handler(BaseHTTPRequestHandler):
        """Reads a request and writes the reply."""

        protocol_version = "HTTP/1.1"

        def _serve(self):
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers,
                              self.rfile.read(length))
            self._write(answer(request))

        def _write(self, reply):
            if reply.status is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content, kind = reply.content()
            self.send_response(reply.status)
            headers = {"Content-Type": kind, "Content-Length": str(len(content)), **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _serve

        def log_message(self, *_):
            """Nothing: requests hold codes and numbers."""

    return Handler
