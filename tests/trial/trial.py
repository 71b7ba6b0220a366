"""What a trial gets to work with, and how it says what it saw."""

import os
import pathlib
import shutil
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHOWN_FAULTS = 20


class Skip(Exception):
    """The trial can't be held here; the text says why."""


class Trial:
    def __init__(self, name, binary, rounds, notes):
        self.name = name
        self.binary = binary
        self.rounds = rounds
        self.notes = notes  # shared by the trials of one run
        self.faults = 0
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix=f"pimento-trial-{name}-"))

    def say(self, text):
        print(f"  {text}", flush=True)

    def fault(self, text):
        self.faults += 1
        if self.faults <= SHOWN_FAULTS:
            self.say(f"FAULT: {text}")
        elif self.faults == SHOWN_FAULTS + 1:
            self.say("FAULT: and more of them")

    def check(self, is_true, text):
        if not is_true:
            self.fault(text)
        return is_true

    def directory(self, name):
        """A fresh one."""
        path = self.scratch / name
        assert not path.is_mount(), path
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def has_mounts(self):
        """Then nothing may be removed here."""
        with open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
            return any(line.split()[1].startswith(f"{self.scratch}/") for line in mounts)

    def close(self):
        """What a failed trial worked on stays for a look."""
        if self.faults == 0 and not self.has_mounts():
            shutil.rmtree(self.scratch, ignore_errors=True)
        else:
            self.say(f"kept: {self.scratch}")


class Watch:
    """Seconds since it was made, and rates by them."""

    def __init__(self):
        self.started = time.monotonic()

    def seconds(self):
        return time.monotonic() - self.started

    def rate(self, count):
        return f"{count} in {self.seconds():.1f} s ({count / max(self.seconds(), 0.001):.0f}/s)"


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")


def need_program(name):
    path = shutil.which(name)
    if path is None:
        raise Skip(f"needs {name}")
    return path
