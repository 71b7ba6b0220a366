"""A client of one server: a connection for each request, JSON in and out."""

import base64
import http.client
import json

ANSWER_SECONDS = 30


class ClientError(Exception):
    """An answer that is no success."""


class Client:
    def __init__(self, server):
        self.server = server
        self.token = None
        self.user_id = None

    def exchange(self, method, path, body=None, headers=None):
        """Gives status and body; 0 when there was no answer."""
        connection = http.client.HTTPConnection(*self.server.address, timeout=ANSWER_SECONDS)
        headers = dict(headers or {})
        if self.token:
            headers["Authorization-Token"] = self.token
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def request(self, method, path, body=None, headers=None):
        status, answer = self.exchange(method, path, body, headers)
        if not 200 <= status < 300:
            raise ClientError(f"{method} {path}: {status} {answer[:2000].decode('utf-8', 'replace')}")
        return answer

    def status(self, method, path):
        return self.exchange(method, path)[0]

    def login(self, user, password):
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        answer = json.loads(self.request("GET", "/api/v1/App/user", headers={"Authorization": f"Basic {secret}"}))
        self.token = answer["authorizationToken"]
        self.user_id = answer["user"]["id"]

    def get_bytes(self, path):
        return self.request("GET", path)

    def get(self, path):
        return json.loads(self.request("GET", path))

    def put(self, path, body):
        return json.loads(self.request("PUT", path, body))

    def patch(self, path, body):
        return json.loads(self.request("PATCH", path, body))

    def post(self, path, body):
        return json.loads(self.request("POST", path, body))
