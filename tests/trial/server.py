"""The server of a trial: started on a kept data directory, killed, stopped, looked at through /proc."""

import os
import queue
import re
import signal
import subprocess
import threading
import time

from client import Client

REPORT = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:|Assertion .* failed")
LISTENING = re.compile(r"listening on http://([\d.]+):(\d+)")
PASSWORD = "trial-password"
START_SECONDS = 60


class ServerError(Exception):
    """It did not start, or a sanitizer had something to say."""


class Server:
    """`wrapper` is a command in front of it (strace)."""

    def __init__(self, binary, data, arguments=(), wrapper=()):
        self.command = [*wrapper, str(binary), "serve", "--data", str(data), "--listen", "127.0.0.1:0",
                        "--log-level", "warning", *arguments]
        self.data = data
        self.log_path = data.parent / f"{data.name}.log"
        self.process = None
        self.address = None
        self.token = None

    def launch(self):
        """Starts it; gives a queue for its address."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                            env={**os.environ, "PIMENTO_ADMIN_PASSWORD": PASSWORD})
        addresses = queue.Queue()
        threading.Thread(target=self.read_output, args=(self.process.stdout, addresses), daemon=True).start()
        return addresses

    def start(self):
        """Gives the seconds until it listened."""
        started = time.monotonic()
        addresses = self.launch()
        try:
            self.address = addresses.get(timeout=START_SECONDS)
        except queue.Empty:
            self.address = None
        if self.address is None:
            raise ServerError(f"the server does not listen: {' '.join(self.command)}; {self.last_words()}")
        return time.monotonic() - started

    @staticmethod
    def read_output(output, addresses):
        """To the end, so that the server never waits for a reader; None when the end comes first."""
        with output:
            for line in output:
                match = LISTENING.search(line.decode("utf-8", "replace"))
                if match:
                    addresses.put((match[1], int(match[2])))
        addresses.put(None)

    def client(self, timeout=30):
        """Logged in; a token outlives the server's death."""
        client = Client(self.address, self.token, timeout)
        if self.token is None:
            self.token = client.log_in("admin", PASSWORD)
        return client

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.is_alive():
            self.process.kill()
        self.process.wait()
        self.check_log()

    def terminate(self, seconds):
        """Exit code and seconds it took; killed and None when it took longer."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            code = None
        self.check_log()
        return code, time.monotonic() - started

    def close(self):
        if self.process is not None:
            self.kill()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.close()

    def peak_mib(self):
        return peak_mib(self.process.pid)

    def check_log(self):
        """For builds with sanitizers."""
        match = REPORT.search(self.log())
        if match:
            raise ServerError(self.log()[match.start():][:3000])

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def last_words(self, lines=5):
        return " | ".join(self.log().splitlines()[-lines:])


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as text:
        match = re.search(r"^VmHWM:\s+(\d+)", text.read(), re.MULTILINE)
    return int(match[1]) / 1024 if match else 0.0
