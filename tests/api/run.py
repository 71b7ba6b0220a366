#!/usr/bin/env python3
"""Plays scenario files against the built server. README.md beside this file describes their format.

usage: run.py --binary PATH [--engine NAME] [--workers N] [FILE...]

Without files: every .http file beside this program. Each file gets a server and a data directory of its own, and with
the engine `server` a database of its own on a database server that is started for the run.
The last line is `N passed, N failed`.
"""

import argparse
import base64
import codecs
import concurrent.futures
import contextlib
import gzip
import http.client
import json
import pathlib
import re
import socket
import sys
import time

import expectation
import scenario_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from database_cluster import ClusterError, DatabaseCluster
from server_process import ServerError, ServerProcess

AWAITED_SECONDS = 20
ANSWER_SECONDS = 60
SHOWN_CHARACTERS = 2000
SHOWN_LOG_LINES = 30
STARS = re.compile(r"\*+")


class StepError(Exception):
    """A step before the request failed."""


class Answer:
    def __init__(self, status=0, headers=(), body=b""):
        self.status = status  # 0: closed without an answer
        self.headers = list(headers)
        self.raw_body = body

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.strip().lower()]
        return ", ".join(values) if values else None

    def body(self):
        return gzip.decompress(self.raw_body) if self.header("Content-Encoding") == "gzip" else self.raw_body

    def text(self):
        return self.body().decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body())

    def show(self):
        if not self.status:
            return "(connection closed)"
        head = "".join(f"{name}: {value}\n" for name, value in self.headers)
        return f"{self.status}\n{head}\n{shorten(self.text())}"


class Failure:
    def __init__(self, where, name, differences, request=b"", answer=None):
        self.where = where
        self.name = name
        self.differences = differences
        self.request = request
        self.answer = answer

    def show(self):
        parts = [f"FAILED {self.where}: {self.name}"]
        parts += [f"  {difference}" for difference in self.differences]
        if self.request:
            parts.append(indent("> ", shorten(self.request.decode("utf-8", "backslashreplace"))))
        if self.answer:
            parts.append(indent("< ", self.answer.show()))
        return "\n".join(parts)


def shorten(text):
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + f"... ({len(text)} characters)"


def indent(prefix, text):
    return "\n".join("  " + prefix + line for line in text.rstrip("\n").split("\n"))


def exchange(address, request, method):
    """Sends the bytes on a connection of their own and reads one answer."""
    with socket.create_connection(address, timeout=ANSWER_SECONDS) as connection:
        try:
            connection.sendall(request)
        except OSError:
            pass  # refused before the end of a long body: the answer is there all the same
        response = http.client.HTTPResponse(connection, method=method)
        try:
            response.begin()
            return Answer(response.status, response.getheaders(), response.read())
        except (http.client.BadStatusLine, ConnectionError):
            return Answer()


class Player:
    """Plays one file: its server, token and saved values."""

    def __init__(self, file, server):
        self.file = file
        self.server = server
        self.values = {}
        self.failures = []
        self.passed = 0

    def play(self):
        try:
            self.server.start()
            for block in self.file.blocks:
                self.play_block(block)
            self.server.stop()
        except ServerError as error:
            self.fail_file(str(error))
        report = self.server.sanitizer_report()
        if report:
            self.fail_file("sanitizer report:\n" + indent("", shorten(report)))
        log = self.server.log().splitlines()[-SHOWN_LOG_LINES:]
        if self.failures and log and not report:
            self.failures[-1].differences.append("end of the server's log:\n" + indent("", "\n".join(log)))

    def fail_file(self, reason):
        self.failures.append(Failure(self.file.name, "the server", [reason]))

    def play_block(self, block):
        request, answer = b"", None
        try:
            self.take_steps(block)
            if block.has_request():
                request = self.request_bytes(block)
                answer, differences = self.exchange(block, request)
            else:
                differences = []
        except StepError as error:
            differences = [str(error)]
        except (OSError, http.client.HTTPException) as error:
            self.server.wait_for_end(2)
            differences = [f"no answer: {error!r}"]
        if not differences:
            self.passed += 1
        else:
            where = f"{self.file.name}:{block.line}"
            self.failures.append(Failure(where, block.name, differences, request, answer))

    def exchange(self, block, request):
        """What is awaited is asked again until it is as expected, or has had its time."""
        end = time.monotonic() + (AWAITED_SECONDS if block.is_awaited else 0)
        while True:
            answer = exchange(self.server.address, request, self.method_of(block))
            differences = self.check(block, answer)
            if not differences or time.monotonic() >= end:
                return answer, differences
            time.sleep(0.02)

    def take_steps(self, block):
        if block.restarts:
            self.server.stop()
            self.server.start()
        for user, password in block.logins:
            self.login(self.fill(user), self.fill(password))

    def login(self, user, password):
        self.values.pop("token", None)
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        request = (f"GET /api/v1/App/user HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {secret}\r\n"
                   "Authorization-Token-Only: true\r\n\r\n")
        answer = exchange(self.server.address, request.encode(), "GET")
        try:
            self.values["token"] = answer.json()["authorizationToken"]
        except (ValueError, KeyError, TypeError):
            raise StepError(f"login {user} failed:\n" + indent("< ", answer.show())) from None

    def fill(self, text):
        """Puts values in the place of {{name}}, {{basic:user:password}} and {{repeat:count:text}}, from inside out."""
        while True:
            filled = scenario_file.VARIABLE.sub(lambda match: self.value_of(match[1]), text)
            if filled == text:
                return text
            text = filled

    def value_of(self, name):
        kind, _, argument = name.partition(":")
        if kind == "basic" and argument:
            return base64.b64encode(argument.encode()).decode()
        if kind == "repeat" and argument:
            count, _, text = argument.partition(":")
            return text * int(count)
        if name not in self.values:
            raise StepError(f"{{{{{name}}}}} was never saved")
        value = self.values[name]
        return value if isinstance(value, str) else json.dumps(value)

    @staticmethod
    def method_of(block):
        return block.method or block.raw.split(" ")[0]

    def request_bytes(self, block):
        if block.raw is not None:
            return codecs.escape_decode(self.fill(block.raw).encode())[0]
        body = self.fill(block.body).encode()
        lines = [f"{block.method} {self.fill(block.path)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.request_headers(block, len(body))]
        return "\r\n".join(lines + ["", ""]).encode() + body

    def request_headers(self, block, body_bytes):
        given = [(name, self.header_value(value)) for name, value in block.headers]
        names = {name.lower() for name, _ in given}
        automatic = []
        if "host" not in names:
            automatic.append(("Host", "{}:{}".format(*self.server.address)))
        if not block.is_anonymous and "token" in self.values and not names & {"authorization", "authorization-token"}:
            automatic.append(("Authorization-Token", self.values["token"]))
        if body_bytes and "content-type" not in names:
            automatic.append(("Content-Type", "application/json"))
        if body_bytes or block.method in ("POST", "PUT", "PATCH"):
            automatic.append(("Content-Length", str(body_bytes)))
        kept = [(name, value) for name, value in given if value != "" and name.lower() != "content-length"]
        return kept + automatic

    def header_value(self, value):
        """Stars stand for the token, as on a page that hides it."""
        if STARS.fullmatch(value):
            return self.value_of("token")
        return self.fill(value)

    def check(self, block, answer):
        differences = expectation.check_status(block.status, answer)
        for item in block.expectations:
            if item.kind == "save":
                differences += self.save(item, answer)
            else:
                differences += expectation.check(item.kind, self.fill(item.argument), answer)
        return differences

    def save(self, item, answer):
        name, path = item.argument
        try:
            self.values[name] = expectation.find(answer.json(), path)
        except (ValueError, expectation.Missing):
            return [f"save {name}: the answer has no {path}"]
        return []


def play_file(binary, path, cluster):
    """Gives the number of passed blocks and the failures."""
    try:
        file = scenario_file.parse(str(path), path.read_text(encoding="utf-8"))
    except (OSError, ValueError, scenario_file.ScenarioError) as error:
        return 0, [Failure(str(path), "the file", [str(error)])]
    database = cluster.new_database() if cluster else None
    arguments = ["--database", cluster.url(database)] if cluster else []
    server = ServerProcess(binary, [*arguments, *file.serve_arguments], file.environment)
    player = Player(file, server)
    try:
        player.play()
    finally:
        server.close()
        if cluster:
            cluster.drop_database(database)
    return player.passed, player.failures


def play_files(binary, files, workers, cluster):
    passed, failures = 0, []
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        results = pool.map(lambda path: play_file(binary, path, cluster), files)
        for path, (now_passed, now_failures) in zip(files, results):
            print(f"{'FAIL' if now_failures else 'ok  '} {path.name}: {now_passed} passed, {len(now_failures)} failed",
                  flush=True)
            passed += now_passed
            failures += now_failures
    return passed, failures


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--engine", choices=["embedded", "server"], default="embedded")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    files = options.files or sorted(here.glob("*.http"))
    binary = str(pathlib.Path(options.binary).resolve())
    try:
        with DatabaseCluster() if options.engine == "server" else contextlib.nullcontext() as cluster:
            passed, failures = play_files(binary, files, options.workers, cluster)
    except ClusterError as error:
        passed, failures = 0, [Failure(str(here), "the database server", [str(error)])]
    if not files:
        failures.append(Failure(str(here), "no scenario", ["there is no .http file"]))
    for failure in failures:
        print("\n" + failure.show())
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
