"""A client with one keep-alive connection that speaks JSON."""

import base64
import http.client
import json
import urllib.parse

# What an answer that never came looks like.
LOST = (OSError, http.client.HTTPException)


class UnexpectedAnswer(Exception):
    """A status that the trial can't go on from."""


class Client:
    def __init__(self, address, token=None, timeout=30):
        self.connection = http.client.HTTPConnection(*address, timeout=timeout)
        self.token = token

    def read(self, method, path, body=None, headers=None):
        """Status and body as it came. One of LOST when no whole answer came."""
        headers = dict(headers or {})
        if self.token:
            headers["Authorization-Token"] = self.token
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body, ensure_ascii=False).encode()
        self.connection.request(method, "/api/v1" + path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def ask(self, method, path, body=None, headers=None):
        """Status and body, parsed when it is JSON."""
        status, text = self.read(method, path, body, headers)
        return status, parse(text)

    def get(self, path, **parameters):
        """The body of a 200."""
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        status, body = self.ask("GET", path + query)
        if status != 200:
            raise UnexpectedAnswer(f"GET {path}{query[:200]} answered {status}: {str(body)[:200]}")
        return body

    def upsert(self, items):
        status, body = self.ask("POST", "/MassActions/action/upsert", items)
        if status != 200:
            raise UnexpectedAnswer(f"upsert answered {status}: {str(body)[:200]}")
        return body

    def pages(self, entity, page_rows, **parameters):
        """All records of a list, a page at a time; the last page is the first that is not full."""
        offset = 0
        while True:
            page = self.get(f"/{entity}", maxSize=page_rows, offset=offset, **parameters)
            yield page
            offset += page_rows
            if len(page["list"]) < page_rows:
                return

    def log_in(self, user, password):
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        status, body = self.ask("GET", "/App/user", headers={"Authorization": f"Basic {basic}",
                                                             "Authorization-Token-Only": "true"})
        if status != 200:
            raise UnexpectedAnswer(f"login answered {status}: {body}")
        self.token = body["authorizationToken"]
        return self.token

    def close(self):
        self.connection.close()


def parse(text):
    try:
        return json.loads(text)
    except ValueError:
        return text
