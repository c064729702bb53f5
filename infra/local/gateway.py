"""What stands before the emulator so that it answers as API Gateway does.

A plain address without a special Host header; OPTIONS is routed like any other
method (the emulator answers it by itself); bodies end at 10 MB; the caller's
address is added to X-Forwarded-For.
"""

import base64
import http.client
import http.server
import json
import re
import threading
import time
import uuid

from settings import API_PORT, LOCAL, PORT

LARGEST_BODY = 10_000_000
SLOWEST_ANSWER = 30
KEPT_SECONDS = 20
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade",
              "proxy-authorization", "proxy-authenticate", "host", "content-length"}
EMULATORS_OWN = {"server", "date", "x-amz-request-id", "x-amz-id-2", "x-amzn-requestid"}


class Gateway(http.server.BaseHTTPRequestHandler):
    """One connection of a caller."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    upstream = threading.local()

    def _serve(self):
        length = self.headers.get("Content-Length", "0")
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower() or not length.isdigit():
            return self._answer(411, {}, b'{"message":"Length Required"}', last=True)
        if int(length) > LARGEST_BODY:
            return self._answer(413, {}, b'{"message":"Request Entity Too Large"}', last=True)
        body = self.rfile.read(int(length))
        if self.command == "OPTIONS":
            return self._answer(*preflight(self.path, self._headers(), self.client_address[0]))
        return self._answer(*as_aws(*self._forward(body)))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def do_TRACE(self):
        """No HTTP API has a route for it."""
        self._answer(404, {}, b'{"message":"Not Found"}', last=True)

    def _headers(self):
        merged = {}
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                merged[name.lower()] = ",".join(filter(None, (merged.get(name.lower()), value)))
        ours = {"x-forwarded-port": str(API_PORT), "x-forwarded-proto": "http"}
        forwarded = filter(None, (merged.get("x-forwarded-for"), self.client_address[0]))
        return merged | ours | {"x-forwarded-for": ", ".join(forwarded)}

    def _forward(self, body):
        api = routes().get("api_id", "none")
        path = f"/_aws/execute-api/{api}/$default{self.path}"
        return exchange(self.command, path, body, self._headers())

    def _answer(self, status, headers, body, last=False):
        self.close_connection = self.close_connection or last
        self.send_response_only(status)
        names = {name.lower() for name in headers}
        if "content-type" not in names and body:
            self.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP | EMULATORS_OWN:
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        """Say nothing: paths and addresses are not logged."""


def as_aws(status, headers, body):
    """A function that broke is told as API Gateway tells it."""
    if status == 502 and b'"errorType"' in body:
        return 500, {}, b'{"message":"Internal Server Error"}'
    return status, headers, body


def exchange(method, path, body, headers):
    """One call to the emulator; a kept connection is used again, a call is never sent twice."""
    kept = Gateway.upstream
    if time.monotonic() - getattr(kept, "used", 0) > KEPT_SECONDS:
        kept.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SLOWEST_ANSWER)
    try:
        kept.connection.request(method, path, body or None, headers)
        answer = kept.connection.getresponse()
        content = answer.read()
        kept.used = time.monotonic()
        return answer.status, dict(answer.getheaders()), content
    except (OSError, http.client.HTTPException):
        kept.connection.close()
        kept.used = 0
        return 503, {}, b'{"message":"Service Unavailable"}'


def preflight(target, headers, address):
    """Let the function of the route answer an OPTIONS request."""
    path, _, query = target.partition("?")
    for route in routes().get("routes", ()):
        if route["method"] == "OPTIONS" and (match := re.fullmatch(route["pattern"], path)):
            event = options_event(route, path, query, headers, address, match.groupdict())
            name = f"/2015-03-31/functions/{route['function']}/invocations"
            status, _, body = exchange("POST", name, json.dumps(event), {})
            answer = json.loads(body) if status == 200 else {}
            if "statusCode" not in answer:
                return 500, {}, b'{"message":"Internal Server Error"}'
            content = (answer.get("body") or "").encode()
            if answer.get("isBase64Encoded"):
                content = base64.b64decode(content)
            return answer["statusCode"], answer.get("headers") or {}, content
    return 404, {}, b'{"message":"Not Found"}'


def options_event(route, path, query, headers, address, parameters):
    """The event of payload format 2.0 for a request without body."""
    now = time.time()
    key = f"OPTIONS {route['path']}"
    http_part = {"method": "OPTIONS", "path": path, "protocol": "HTTP/1.1", "sourceIp": address,
                 "userAgent": headers.get("user-agent", "")}
    context = {"accountId": "000000000000", "apiId": routes()["api_id"], "domainName": "localhost",
               "domainPrefix": "localhost", "http": http_part, "requestId": str(uuid.uuid4()),
               "routeKey": key, "stage": "$default", "timeEpoch": int(now * 1000),
               "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))}
    event = {"version": "2.0", "routeKey": key, "rawPath": path, "rawQueryString": query,
             "headers": headers, "requestContext": context, "isBase64Encoded": False}
    return event | ({"pathParameters": parameters} if parameters else {})


def routes():
    """The table that the deployment wrote; read again when it changes."""
    file = LOCAL / "routes.json"
    try:
        changed = file.stat().st_mtime_ns
        if routes.cached[0] != changed:
            routes.cached = (changed, json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}
    return routes.cached[1]


routes.cached = (0, {})

if __name__ == "__main__":
    http.server.ThreadingHTTPServer.request_queue_size = 128
    http.server.ThreadingHTTPServer(("127.0.0.1", API_PORT), Gateway).serve_forever()
