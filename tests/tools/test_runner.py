#!/usr/bin/env python3
"""Tests of tests/api/run.py against a small server of its own: what should pass passes, what is wrong fails."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

FAKE_SERVER = r'''
import base64, gzip, http.server, json, os, signal, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        route = self.path.partition("?")[0]
        secret = base64.b64encode(b"admin:admin").decode()
        if route == "/api/v1/App/user":
            good = self.headers["Authorization"] == "Basic " + secret
            return self.send(200 if good else 401, {"authorizationToken": "T0KEN"} if good else {"code": "no"})
        if route == "/list":
            return self.send(200, {"total": 2, "list": [{"id": "a01k5c597f5ef1s75edb6gkcbh0", "n": 1, "real": 1.5},
                                                        {"id": "x", "n": None, "at": "2025-09-17 15:39:24"}]})
        if route == "/true":
            return self.send(200, True)
        if route == "/broken":
            return self.send(500, {"code": "internal"})
        if route == "/gzip":
            return self.send(200, {"big": True}, gzip.compress)
        if route == "/report":
            sys.stderr.write("a.c:1:2: runtime error: signed integer overflow\n")
            sys.stderr.flush()
        if route == "/die":
            os._exit(1)
        self.send(200, {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body,
                        "environment": os.environ.get("FAKE", ""), "arguments": sys.argv[1:]})

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def send(self, status, value, change=lambda data: data):
        data = change(json.dumps(value).encode())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if change is gzip.compress:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(data)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
signal.signal(signal.SIGTERM, lambda *_: os._exit(int(os.environ.get("EXIT", "0"))))
print("some banner")
print("listening on http://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
'''

PASSING = """\
# A comment.
env FAKE=yes

### the request goes out as it is written
GET /a?where[0][attribute]=name&where[0][value]=%25test% HTTP/1.1
Host: demo.atropim.com
Accept: application/json

>>> 200
# another comment
json {"path": "/a?where[0][attribute]=name&where[0][value]=%25test%",
      "headers": {"Host": "demo.atropim.com"}, "environment": "yes"}
absent headers.Authorization-Token
header Content-Type: application/*
no-header X-Powered-By
contains demo.atropim
lacks nonsense

### a login is kept for the requests that follow
login admin admin
GET /a
>>> 200
json {"headers": {"Authorization-Token": "T0KEN"}}

### stars stand for the token
GET /a HTTP/1.1
Authorization-Token: ***************
>>> 200
json {"headers": {"Authorization-Token": "T0KEN"}}

###
GET /a
Authorization: Basic {{basic:admin:admin}}
>>> 200
json {"headers": {"Authorization": "Basic YWRtaW46YWRtaW4="}}
absent headers.Authorization-Token

### anonymous requests carry no token
anonymous
GET /a
>>> 2xx
absent headers.Authorization-Token

### lists, wildcards, saving
GET /list
>>> 200
json {"list": [{"id": "*id", "n": 1}, {"at": "*datetime", "n": null, "id": "*"}]}
list-count 2
save second = list.1.id
save count = total
absent list.2
absent list.0.at

### saved values go everywhere
POST /a/{{second}}
X-Saved: {{second}}
Content-Length: 1

{"count": {{count}}, "long": "{{repeat:3:ab}}"}
>>> 200
json {"path": "/a/x", "headers": {"X-Saved": "{{second}}", "Content-Length": "30", "Content-Type": "application/json"},
      "body": "{\\"count\\": {{count}}, \\"long\\": \\"ababab\\"}"}

### a lone colon ends the headers as well, an empty header is left out
POST /a
Content-Type:
:
{ }
>>> 200
json {"body": "{ }"}
absent headers.Content-Type

### exact body
GET /true
>>> 200
body true

### compressed answers are read
GET /gzip
>>> 200
header Content-Encoding: gzip
json {"big": true}

### an expected 500
GET /broken
>>> 500

### raw bytes
raw GET /raw HTTP/1.1\\r\\nHost: x\\r\\n
raw X-Raw: \\x41\\r\\n\\r\\n
>>> 200
json {"path": "/raw", "headers": {"X-Raw": "A"}}

### the server comes back
restart
GET /a
>>> 200
json {"arguments": ["serve", "--data", "*", "--listen", "127.0.0.1:0", "--demo"]}
"""

# (what must be reported, a block that must fail)
FAILING = [
    ("expected status 200, got 500", "GET /broken\n>>> 200\n"),
    ("expected status 4xx, got 200", "GET /a\n>>> 4xx\n"),
    ("$.method: expected \"PUT\", got \"GET\"", "GET /a\n>>> 200\njson {\"method\": \"PUT\"}\n"),
    ("$.nothing: expected 1, but it is absent", "GET /a\n>>> 200\njson {\"nothing\": 1}\n"),
    ("$.total: expected 2.0, got 2", "GET /list\n>>> 200\njson {\"total\": 2.0}\n"),
    ("$: expected 1, got true", "GET /true\n>>> 200\njson 1\n"),
    ("$.list: expected 1 elements, got 2", "GET /list\n>>> 200\njson {\"list\": [{}]}\n"),
    ("$.list.1.n: expected *, got null", "GET /list\n>>> 200\njson {\"list\": [{}, {\"n\": \"*\"}]}\n"),
    ("$.list.1.id: expected *id", "GET /list\n>>> 200\njson {\"list\": [{}, {\"id\": \"*id\"}]}\n"),
    ("$.list.0.id: expected *datetime", "GET /list\n>>> 200\njson {\"list\": [{\"id\": \"*datetime\"}, {}]}\n"),
    ("expected 3 rows, got 2", "GET /list\n>>> 200\nlist-count 3\n"),
    ("total should be absent, got 2", "GET /list\n>>> 200\nabsent total\n"),
    ("the answer has no totals", "GET /list\n>>> 200\nsave x = totals\n"),
    ("{{never}} was never saved", "GET /{{never}}\n>>> 200\n"),
    ("header X-None: expected *, but it is absent", "GET /a\n>>> 200\nheader X-None: *\n"),
    ("header Content-Type: expected text/*", "GET /a\n>>> 200\nheader Content-Type: text/*\n"),
    ("header content-type should be absent", "GET /a\n>>> 200\nno-header content-type\n"),
    ("body: expected 'false'", "GET /true\n>>> 200\nbody false\n"),
    ("body should contain 'false'", "GET /true\n>>> 200\ncontains false\n"),
    ("body should not contain 'true'", "GET /true\n>>> 200\nlacks true\n"),
    ("login admin failed", "login admin wrong\n"),
    ("the connection was closed", "GET /die\n>>> 200\n"),
    ("with exit code 1", "GET /die\n>>> closed\n"),
    ("expected the connection to close", "GET /a\n>>> closed\n"),
    ("runtime error: signed integer overflow", "GET /report\n>>> 200\n"),
    ("a request needs its answer", "GET /a\n"),
    ("unknown expectation", "GET /a\n>>> 200\njsno {}\n"),
    ("neither a step nor a request line", "get it\n>>> 200\n"),
    ("a block without a request", "# nothing\n"),
    ("json: ", "GET /a\n>>> 200\njson {\"a\": \n"),
]


class RunnerTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.binary = self.directory / "server"
        self.binary.write_text(f"#!{sys.executable}\n{FAKE_SERVER}")
        self.binary.chmod(0o755)

    def run_files(self, texts, **environment):
        paths = []
        for index, text in enumerate(texts):
            paths.append(self.directory / f"case{index}.http")
            paths[-1].write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, ROOT / "tests/api/run.py", "--binary", self.binary, *paths],
                              capture_output=True, text=True, env={**os.environ, **environment})

    def test_good_scenarios_pass_and_are_counted(self):
        answer = self.run_files([PASSING])
        count = len(re.findall("^###", PASSING, re.MULTILINE))
        self.assertEqual(answer.stdout.splitlines()[-1], f"{count} passed, 0 failed", answer.stdout + answer.stderr)
        self.assertEqual(answer.returncode, 0)

    def test_every_wrong_expectation_fails(self):
        texts = ["### good\nGET /a\n>>> 200\n\n### bad\n" + block for _, block in FAILING]
        answer = self.run_files(texts)
        reports = re.split(r"^(?=FAILED )", answer.stdout, flags=re.MULTILINE)[1:]
        for index, (reason, block) in enumerate(FAILING):
            mine = "".join(report for report in reports if f"/case{index}.http" in report.splitlines()[0])
            with self.subTest(block=block):
                self.assertIn(reason, mine)
        self.assertEqual(answer.returncode, 1)
        self.assertRegex(answer.stdout.splitlines()[-1], r"^\d+ passed, \d+ failed$")

    def test_a_bad_exit_code_fails_the_file(self):
        answer = self.run_files(["### good\nGET /a\n>>> 200\n"], EXIT="3")
        self.assertIn("the server ended with exit code 3", answer.stdout)
        self.assertEqual(answer.stdout.splitlines()[-1], "1 passed, 1 failed")

    def test_a_server_that_does_not_start_fails_the_file(self):
        self.binary.write_text("#!/bin/sh\necho 'no data directory' >&2\nexit 2\n")
        answer = self.run_files(["### good\nGET /a\n>>> 200\n"])
        self.assertIn("did not say where it listens", answer.stdout)
        self.assertIn("no data directory", answer.stdout)
        self.assertEqual(answer.returncode, 1)


def main():
    result = unittest.main(exit=False, verbosity=0).result
    failed = len(result.failures) + len(result.errors)
    print(f"{max(result.testsRun - failed, 0)} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
