"""`pimento copy` as its users run it, and what an instance answers before and after."""

import re
import signal
import subprocess
import time

import made_data

COPY_SECONDS = 300
REPORT = re.compile(r"(Address|Leak|UndefinedBehavior)Sanitizer|runtime error:|Assertion .* failed")


class CopyError(Exception):
    """It did not end as it should."""


def command(binary, source, target):
    return [binary, "copy", "--from", str(source), "--to", str(target)]


def run(binary, source, target, code=0):
    """Gives standard output and standard error together; the exit code must be `code`."""
    done = subprocess.run(command(binary, source, target), capture_output=True, text=True, timeout=COPY_SECONDS,
                          check=False)
    said = done.stdout + done.stderr
    if done.returncode != code or REPORT.search(said):
        raise CopyError(f"exit code {done.returncode}, not {code}: {said[-3000:]}")
    return said


def run_and_kill(binary, source, target, seconds):
    """Kills it after so long; whether it was still running, and had not stored all before."""
    with subprocess.Popen(command(binary, source, target), stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.kill()
        return process.wait() == -signal.SIGKILL


def fill(client):
    """Made data; some of it in the trash, gone or changed afterwards; a user with a password."""
    for batch in made_data.batches():
        client.post("/api/v1/MassActions/action/upsert", batch)
    for number in range(0, 60, 3):
        client.request("DELETE", f"/api/v1/Product/{made_data.entity_id('p', number)}")
    client.post("/api/v1/User", {"userName": "mover", "name": "Mover", "password": "Old-password-1",
                                 "isAdmin": True, "isActive": True})
    client.post("/api/v1/Product", {"name": "the newest", "sku": "newest"})


def answers(client):
    """Every question's bytes, times included."""
    paths = [*made_data.queries(120), "/api/v1/Brand?maxSize=200&sortBy=name", "/api/v1/User?maxSize=50&sortBy=userName",
             "/api/v1/Category?maxSize=200&sortBy=createdAt&asc=false", "/api/v1/AuthToken?maxSize=50&sortBy=id"]
    return {path: client.get_bytes(path) for path in paths}
