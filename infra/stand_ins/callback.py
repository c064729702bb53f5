"""Requests to the product's webhooks."""

import json
import urllib.error
import urllib.request
from base64 import b64encode
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

TIMEOUT = 10


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)


def call(url, form=None, body=None, query=None, headers=None):
    """Posts a form or a JSON body, or gets a query; status (0 without an answer) and text."""
    headers = {"User-Agent": "stand-in", **(headers or {})}
    parts = urlsplit(url)
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    data = None
    if form is not None:
        data, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
    elif body is not None:
        data, headers["Content-Type"] = json.dumps(body), "application/json"
    if query is not None:
        url += ("&" if parts.query else "?") + urlencode(query)
    try:
        request = urllib.request.Request(url, data and data.encode(), headers)
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except (OSError, ValueError):
        return 0, ""
