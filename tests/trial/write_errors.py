"""Trial: the disk answers a write or an fsync with an error. Nothing acknowledged may be lost; the server works again
once the errors end, or has ended itself with an exit code other than 0. strace makes the errors."""

import os
import signal
import subprocess
import time

import database
import ledger
from server import Server, ServerError
from trial import Skip, need_program, need_root
from writer import Writer, make_targets

WRITERS = 8
WARM_SECONDS = 0.3
ERROR_SECONDS = 1.5
AGAIN_SECONDS = 10
ALLOWED = (200, 503, 507)
SYNC, WRITE = "fdatasync,fsync", "pwrite64,pwritev"
# Calls, error, which ones of each thread: the n-th, or from the n-th on.
ERRORS = [(SYNC, "EIO", when) for when in ("1", "2", "5", "30", "1+", "10+")] + \
         [(WRITE, "EIO", when) for when in ("1", "2", "7", "50", "1+", "20+")] + \
         [(WRITE, "ENOSPC", when) for when in ("3", "10+")] + [(SYNC, "ENOSPC", "4")]
START_ERRORS = [(SYNC, "EIO", str(when)) for when in range(1, 9)] + \
               [(WRITE, "EIO", str(when)) for when in (1, 2, 5, 13, 40, 200)]


def run(trial):
    need_root()
    need_program("strace")
    try_attaching(trial)
    for _ in range(trial.rounds):
        for error in ERRORS:
            hit_while_running(trial, error, False)
        for error in ERRORS:
            if error[2].endswith("+"):
                hit_while_running(trial, error, True)
        for error in START_ERRORS:
            hit_while_starting(trial, error)


def try_attaching(trial):
    """Some machines forbid it."""
    sleeper = subprocess.Popen(["sleep", "5"])
    tracer = attach(trial, sleeper.pid, (SYNC, "EIO", "1"))
    attached = is_traced(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    tracer.wait()
    if not attached:
        raise Skip("strace can't attach here")


def inject(error):
    calls, name, when = error
    return ["-e", f"trace={calls}", "-e", f"inject={calls}:error={name}:when={when}"]


def attach(trial, pid, error):
    """Gives strace once it holds the process."""
    tracer = subprocess.Popen(["strace", "-f", "-o", str(trial.scratch / "strace"), "-p", str(pid), *inject(error)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 3
    while not is_traced(pid) and tracer.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    return tracer


def is_traced(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as text:
        return "TracerPid:\t0\n" not in text.read()


def detach(tracer):
    if tracer.poll() is None:
        tracer.send_signal(signal.SIGINT)
    tracer.wait(10)


def count_injected(trial):
    return (trial.scratch / "strace").read_text(errors="replace").count("(INJECTED)")


# ---- while it runs ----


def hit_while_running(trial, error, is_killed):
    """`is_killed`: kill -9 in the midst of the errors, so that a recovery comes before any good write."""
    race = ledger.Race()
    server = Server(trial.binary, trial.directory("running") / "data")
    faults = trial.faults
    try:
        server.start()
        make_targets(server.client())
        writers = [Writer(i, trial, race, 1).connect(server) for i in range(WRITERS)]
        for writer in writers:
            writer.allowed, writer.survives = ALLOWED, True
            writer.start()
        time.sleep(WARM_SECONDS)
        tracer = attach(trial, server.process.pid, error)
        time.sleep(ERROR_SECONDS)
        if is_killed:
            server.kill()
        detach(tracer)
        ending = look_afterwards(trial, server, writers, error, is_killed)
        check_restarted(trial, server, writers, race)
    finally:
        server.close()
    tell(trial, error, ending, writers, faults)


def look_afterwards(trial, server, writers, error, is_killed):
    """In words; stops the writers."""
    acknowledged = lambda: sum(writer.acknowledged for writer in writers)
    before, end = acknowledged(), time.monotonic() + AGAIN_SECONDS
    while server.is_alive() and acknowledged() < before + 20 and time.monotonic() < end:
        time.sleep(0.02)
    is_working = acknowledged() >= before + 20
    server.is_alive() and server.client().get("/Product", maxSize=1)
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.join(40)
    if is_killed:
        return "killed"
    if server.is_alive():
        trial.check(is_working, f"{error}: no write got through in {AGAIN_SECONDS} s after the errors")
        return "works again"
    trial.check(server.process.returncode > 0, f"{error}: died with {server.process.returncode}: {server.last_words()}")
    return f"ended with exit code {server.process.returncode}"


def check_restarted(trial, server, writers, race):
    server.kill()
    database.check(trial, server.data)
    server.start()
    ledger.check(trial, server.client(), [writer.entries for writer in writers], race)
    code, _ = server.terminate(10)
    trial.check(code == 0, f"exit code {code} of the server that started after the errors")


def tell(trial, error, ending, writers, faults):
    calls, name, when = error
    statuses = {}
    for writer in writers:
        for status, count in writer.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    trial.say(f"{name} of {calls}, {when}: {count_injected(trial)} injected, answers {statuses}, {ending}; refused and "
              f"stored: {trial.notes.pop('refused and stored', 0)}" +
              (f"; {trial.faults - faults} FAULTS" if trial.faults > faults else ""))


# ---- while it starts ----


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
        return int(text.read().split()[0])


def hit_while_starting(trial, error):
    """On an empty directory. It may start or say why not; the next start must work."""
    data = trial.directory("starting") / "data"
    wrapper = ["strace", "-f", "-o", str(trial.scratch / "strace"), *inject(error)]
    traced = Server(trial.binary, data, wrapper=wrapper)
    try:
        traced.start()
        ending = "started"
        os.kill(child_of(traced.process.pid), signal.SIGTERM)
        trial.check(traced.process.wait(15) == 0, f"{error}: exit code {traced.process.returncode}")
    except ServerError:
        code = traced.process.wait(15)
        ending = f"refused with exit code {code}"
        trial.check(code > 0 and traced.last_words(), f"{error} at the start: {code}, {traced.last_words()!r}")
    finally:
        traced.close()
    server = Server(trial.binary, data)
    server.start()
    make_targets(server.client())
    code, _ = server.terminate(10)
    trial.check(code == 0, f"exit code {code} of the start after {error}")
    database.check(trial, data)
    trial.say(f"at the start, {error[1]} of {error[0]}, {error[2]}: {count_injected(trial)} injected, {ending}")
