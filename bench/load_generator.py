"""Runs wrk on the other core and reads its report."""

import os
import pathlib
import re
import shutil
import subprocess

import server_process

SCRIPTS = pathlib.Path(__file__).resolve().parent / "wrk"
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


def check_present():
    for program, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(program) is None:
            raise SystemExit(f"bench: '{program}' is missing; install it with: apt-get install {package}")


class Result:
    """What a run of wrk against one server gave. CPU time is the server's own, all threads."""

    def __init__(self, report, cpu_seconds):
        found = re.search(r"(\d+) requests in ([\d.]+)(\w+),", report)
        self.requests = int(found[1])
        self.seconds = float(found[2]) * UNITS[found[3]] / 1e3
        self.cpu_seconds = cpu_seconds
        wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
        self.wrong = int(wrong[1]) if wrong else 0
        sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", report)
        self.socket_errors = sum(map(int, sockets.groups())) if sockets else 0
        p99 = re.search(r"99%\s+([\d.]+)(\w+)", report)
        self.p99_ms = float(p99[1]) * UNITS[p99[2]] if p99 else None

    @property
    def per_second(self):
        return self.requests / self.seconds

    @property
    def cpu_us(self):
        return self.cpu_seconds * 1e6 / max(1, self.requests)

    @property
    def busy(self):
        return self.cpu_seconds / self.seconds


def start(server, script, connections, seconds, variables):
    environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
    if server.token:
        environment["BENCH_TOKEN"] = server.token
    command = ["taskset", "-c", str(server_process.cores()[1]), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
               "--timeout", "10s", "-s", str(SCRIPTS / script), server.url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)


def run(server, script, connections, seconds, variables):
    before = server.cpu_seconds()
    process = start(server, script, connections, seconds, variables)
    report = process.communicate()[0].decode()
    if process.returncode != 0 or "requests in" not in report:
        raise SystemExit(f"wrk failed against {server.name}:\n{report}")
    result = Result(report, server.cpu_seconds() - before)
    if result.requests == 0:
        raise SystemExit(f"wrk got no answers from {server.name}:\n{report}{server.last_words()}")
    return result
