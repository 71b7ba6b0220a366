"""A server under test: starts the built program on a fresh data directory, keeps what it prints, stops it."""

import os
import pathlib
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import time

LISTENING = re.compile(r"listening on http://([\d.]+):(\d+)")
REPORT = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:|Assertion .* failed")
START_SECONDS = 60
STOP_SECONDS = 20


class ServerError(Exception):
    """The server did not start, died or did not stop."""


class ServerProcess:
    def __init__(self, binary, serve_arguments, environment):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pimento-api-"))
        self.log_path = self.directory / "stderr.log"
        self.command = [binary, "serve", "--data", str(self.directory / "data"), "--listen", "127.0.0.1:0",
                        *serve_arguments]
        self.environment = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1", **environment}
        self.process = None
        self.address = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                            env=self.environment)
        addresses = queue.Queue()
        threading.Thread(target=self.read_output, args=(self.process.stdout, addresses), daemon=True).start()
        try:
            self.address = addresses.get(timeout=START_SECONDS)
        except queue.Empty:
            self.address = None
        if self.address is None:
            raise ServerError(f"the server did not say where it listens: {' '.join(self.command)}")

    @staticmethod
    def read_output(output, addresses):
        """Reads to the end, so that the server never waits for a reader; hands on the address, or None at the end."""
        with output:
            for line in output:
                match = LISTENING.search(line.decode("utf-8", "replace"))
                if match:
                    addresses.put((match[1], int(match[2])))
        addresses.put(None)

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def wait_for_end(self, seconds):
        """After a dropped connection: a dying server gets a moment to be seen as dead."""
        end = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < end:
            time.sleep(0.01)

    def stop(self):
        """SIGTERM; the exit code must be 0."""
        if self.process is None:
            return
        if not self.is_alive():
            raise ServerError(f"the server died with exit code {self.process.returncode}")
        self.process.terminate()
        try:
            code = self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServerError(f"the server did not stop within {STOP_SECONDS} s") from None
        if code != 0:
            raise ServerError(f"the server ended with exit code {code}")

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def sanitizer_report(self):
        """From the first line of a report on, or None."""
        text = self.log()
        match = REPORT.search(text)
        return text[text.rfind("\n", 0, match.start()) + 1:] if match else None

    def close(self):
        if self.is_alive():
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
