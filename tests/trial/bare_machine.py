"""Trial: a bare Debian with git and a shell. `script/test` and `script/server` must be enough, twice each.

Two roots made by debootstrap, so that both scripts have their first run on a bare one. Takes the network and a gigabyte
a root; held only when named."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import urllib.request

from trial import ROOT, Watch, need_program, need_root

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
SCRIPT_SECONDS = 2400
STOP_SECONDS = 15
HOME = "root/pimento"  # of the clone, in the root
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
               "LANG": "C.UTF-8", "PIMENTO_LISTEN": "127.0.0.1:0"}
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class BareRoot:
    """A root with its own /proc; the clone lies in /root/pimento."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        (self.path / "etc" / "resolv.conf").write_bytes(pathlib.Path("/etc/resolv.conf").read_bytes())
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", self.path / "etc" / "ssl" / "certs" / "ca-certificates.crt")
        subprocess.run(["git", "clone", "--quiet", f"file://{ROOT}", str(self.path / HOME)], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", str(self.path / "proc")], check=True)
        return self

    def __exit__(self, *error):
        subprocess.run(["umount", "-l", str(self.path / "proc")], check=True)

    def popen(self, command, log):
        return subprocess.Popen(["chroot", str(self.path), "/bin/sh", "-c", f"cd /{HOME} && exec {command}"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT,
                                start_new_session=True, text=True, errors="replace")


def run(trial):
    need_root()
    for program in ("debootstrap", "git"):
        need_program(program)
    watch = Watch()
    bare = trial.scratch / "bare"
    subprocess.run(["debootstrap", "--variant=minbase", "--include=git,ca-certificates", SUITE, str(bare), MIRROR],
                   check=True, stdout=subprocess.DEVNULL)
    trial.say(f"debootstrap: {watch.seconds():.0f} s")
    for name, step in (("test", run_test), ("server", run_server)):
        root = trial.scratch / f"root-{name}"
        subprocess.run(["cp", "-a", str(bare), str(root)], check=True)
        with BareRoot(root) as machine, open(trial.scratch / f"{name}.log", "w", encoding="utf-8") as log:
            for number in range(trial.rounds):
                step(trial, machine, number + 1, log)
            check_clean(trial, machine)


def check_clean(trial, machine):
    """What the scripts make is ignored by git."""
    status = subprocess.run(["git", "-C", str(machine.path / HOME), "status", "--porcelain"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    trial.check(status == "", f"the scripts leave files behind: {status[:300]}")


def end_all(process):
    """It and what it started; they are a session of their own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run_test(trial, machine, number, log):
    watch = Watch()
    process = machine.popen("script/test", log)
    guard = threading.Timer(SCRIPT_SECONDS, end_all, (process,))
    guard.start()
    lines = [line.rstrip("\n") for line in process.stdout]
    code = process.wait()
    guard.cancel()
    log.write("\n".join(lines) + "\n")
    last = lines[-1] if lines else ""
    trial.check(code == 0 and re.fullmatch(r"[1-9]\d* passed, 0 failed", last),
                f"script/test, run {number}: exit code {code}, last line {last!r}; {trial.scratch}/test.log")
    trial.say(f"script/test, run {number}: {watch.seconds():.0f} s, {last}")


def run_server(trial, machine, number, log):
    """Until it answers a login with the words that it prints."""
    watch = Watch()
    process = machine.popen("script/server", log)
    guard = threading.Timer(SCRIPT_SECONDS, end_all, (process,))
    guard.start()
    try:
        address = next((match[0] for match in map(ADDRESS.search, process.stdout) if match), None)
        if not trial.check(address is not None, f"script/server, run {number}: no address; {trial.scratch}/server.log"):
            return
        trial.say(f"script/server, run {number}: {watch.seconds():.2f} s until it listened")
        check_answers(trial, address)
        process.send_signal(signal.SIGTERM)
        code = process.wait(STOP_SECONDS)
        trial.check(code == 0, f"script/server, run {number}: exit code {code}")
    finally:
        guard.cancel()
        end_all(process)


def check_answers(trial, address):
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, address, "admin", "admin")
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(f"{address}/api/v1/App/user", timeout=30) as answer:
        token = json.load(answer)["authorizationToken"]
    request = urllib.request.Request(f"{address}/api/v1/Product?maxSize=5", headers={"Authorization-Token": token})
    with urllib.request.urlopen(request, timeout=30) as answer:
        trial.check(json.load(answer)["total"] > 100, "no demo catalogue")
