"""A server under measurement: started on its core, asked over HTTP, its CPU time and memory read from /proc."""

import atexit
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time

LISTENING = re.compile(rb"listening on http://[\d.]+:(\d+)")
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30
STOP_SECONDS = 30


def cores():
    """The core of the server and the core of the load; the same one when there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(process):
    """CPU time of a process so far, all its threads."""
    with open(f"/proc/{process}/stat") as text:
        fields = text.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Server:
    """`name` is 'product' or 'floor'. `log` takes what the program writes to stderr and stdout; None throws it away."""

    def __init__(self, name, command, environment=None, log=None):
        self.name = name
        self.command = ["taskset", "-c", str(cores()[0]), *command]
        self.environment = {**os.environ, **(environment or {})}
        self.log = log
        self.process = None
        self.port = None
        self.token = None

    def start(self):
        log = open(self.log, "wb") if self.log else open(os.devnull, "wb")
        with log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                            env=self.environment)
        atexit.register(self.process.kill)  # a broken run leaves nothing behind
        for line in self.process.stdout:
            match = LISTENING.search(line)
            if match:
                self.port = int(match[1])
                return self
        raise SystemExit(f"{self.name} did not start: {' '.join(self.command)}" + self.last_words())

    def last_words(self):
        if not self.log:
            return ""
        with open(self.log, errors="replace") as text:
            return "\n" + "".join(text.readlines()[-5:])

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    def stop(self):
        """SIGTERM; gives what it wrote to stdout after its start."""
        if self.process.poll() is not None:
            raise SystemExit(f"{self.name} died with exit code {self.process.returncode}" + self.last_words())
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.communicate(timeout=STOP_SECONDS)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit(f"{self.name} did not stop within {STOP_SECONDS} s") from None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method, path, body=None, headers=None):
        """Status and body, parsed when it is JSON."""
        connection = self.connect()
        headers = dict(headers or {})
        if self.token:
            headers["Authorization-Token"] = self.token
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def get(self, path):
        status, body = self.ask("GET", path)
        if status != 200:
            raise SystemExit(f"{self.name}: GET {path} answered {status}: {body}")
        return body

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def status_text(self, name):
        with open(f"/proc/{self.process.pid}/{name}") as text:
            return text.read()

    def memory_kib(self, what="VmRSS"):
        return int(re.search(rf"^{what}:\s+(\d+)", self.status_text("status"), re.MULTILINE)[1])

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as reset:
            reset.write("5")


def seconds_to_first_answer(server, path="/healthz"):
    """Starts the server and asks until it answers."""
    started = time.monotonic()
    server.start()
    while True:
        try:
            status, _ = server.ask("GET", path)
        except OSError:
            status = 0
        if status == 200:
            return time.monotonic() - started
        if time.monotonic() - started > START_SECONDS:
            raise SystemExit(f"{server.name} did not answer {path}")
