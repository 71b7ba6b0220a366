"""Trial: the tests of tests/engine with more rounds; several processes on one database among them."""

import subprocess
import sys

from engine import need_server
from trial import ROOT

SECONDS = 900


def run(trial):
    need_server()
    command = [sys.executable, str(ROOT / "tests" / "engine" / "run.py"), "--binary", str(trial.binary), "--rounds",
               str(trial.rounds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    for line in done.stdout.splitlines():
        trial.say(line)
    trial.check(done.returncode == 0, f"exit code {done.returncode}; {done.stderr[-500:]}")
