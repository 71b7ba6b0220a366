"""Trial: the disk is full. Writes are told 507, reads go on, and with room again writes do too, without a restart."""

import subprocess
import time

import database
import ledger
from client import LOST
from server import Server, ServerError
from trial import Watch, need_root
from writer import Writer, make_targets

DISK_MIB = 24
FILLER_MIB = 8
WRITERS = 8
FULL_SECONDS = 5  # under writers
WAIT_SECONDS = 60
ALLOWED = (200, 507)
READS = ("/Product?maxSize=20&sortBy=name", "/Product?where[0][attribute]=name&where[0][type]=contains"
         "&where[0][value]=trial&maxSize=5", "/Product?totalOnly=true", "/User/1")


class Disk:
    """A small file system with a file in it that can go."""

    def __init__(self, trial, number):
        self.root = trial.directory(f"disk-{number}")
        self.filler = self.root / "filler"

    def __enter__(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "pimento-trial", str(self.root)], check=True)
        self.fill()
        return self

    def __exit__(self, *error):
        subprocess.run(["umount", "-l", str(self.root)], check=True)

    def fill(self):
        self.filler.write_bytes(b"\0" * (FILLER_MIB << 20))

    def free(self):
        self.filler.unlink()


def run(trial):
    need_root()
    endings = (end_by_going_on, end_by_crash, end_by_start_on_full_disk)
    for number in range(trial.rounds):
        with Disk(trial, number) as disk:
            server = Server(trial.binary, disk.root / "data")
            server.log_path = trial.scratch / f"full-disk-{number}.log"
            try:
                run_round(trial, disk, server, endings[number % len(endings)])
            finally:
                server.close()


def run_round(trial, disk, server, ending):
    race = ledger.Race()
    server.start()
    make_targets(server.client())
    writers = [Writer(i, trial, race, 1).connect(server) for i in range(WRITERS)]
    for writer in writers:
        writer.allowed, writer.survives = ALLOWED, True
        writer.start()
    trial.check(wait_until(lambda: count(writers, 507) > 0), "the disk never got full")
    check_while_full(trial, server, writers)
    ending(trial, disk, server, writers)
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.join(30)
    ledger.check(trial, server.client(), [writer.entries for writer in writers], race)
    code, seconds = server.terminate(10)
    trial.check(code == 0, f"exit code {code} after {seconds:.1f} s")
    database.check(trial, server.data)
    trial.say(f"{ending.__name__.replace('_', ' ')}: {acknowledged(writers)} writes acknowledged, "
              f"{count(writers, 507)} answers 507; refused and stored: {trial.notes.pop('refused and stored', 0)}")


def count(writers, status):
    return sum(writer.statuses.get(status, 0) for writer in writers)


def acknowledged(writers):
    return sum(writer.acknowledged for writer in writers)


def wait_until(is_true):
    end = time.monotonic() + WAIT_SECONDS
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def check_while_full(trial, server, writers):
    client = server.client()
    before, watch, slowest = count(writers, 507), Watch(), 0
    while watch.seconds() < FULL_SECONDS:
        for path in READS:
            one = Watch()
            status, body = client.ask("GET", path)
            slowest = max(slowest, one.seconds())
            trial.check(status == 200, f"a read on a full disk got {status}: {str(body)[:200]}")
    trial.say(f"full for {FULL_SECONDS} s: {count(writers, 507) - before} writes refused, slowest read "
              f"{1000 * slowest:.0f} ms")


def check_resuming(trial, writers):
    before, watch = acknowledged(writers), Watch()
    is_resumed = wait_until(lambda: acknowledged(writers) > before + 20)
    trial.check(is_resumed and watch.seconds() < 5, f"writes went on after {watch.seconds():.1f} s")


# ---- how a round ends ----


def end_by_going_on(trial, disk, server, writers):
    """Room, and full again."""
    disk.free()
    check_resuming(trial, writers)
    before = count(writers, 507)
    trial.check(wait_until(lambda: count(writers, 507) > before), "the disk never got full again")
    trial.check(server.is_alive(), "the server died")


def end_by_crash(trial, disk, server, writers):
    """kill -9 while it is full; the start finds room."""
    server.kill()
    disk.free()
    start_again(trial, server, writers)
    check_resuming(trial, writers)


def end_by_start_on_full_disk(trial, disk, server, writers):
    """kill -9, and the start finds no room: reads work, and writes as soon as there is some. Or it finds none for the
    database's shared memory either: then it says so, and starts with room."""
    server.kill()
    try:
        start_again(trial, server, writers)
        check_while_full(trial, server, writers)
        disk.free()
    except ServerError as error:
        code = server.process.wait(10)
        trial.check(code > 0, f"exit code {code} of a start on a full disk")
        trial.say(f"no start on a full disk, exit code {code}: {str(error)[-200:]}")
        disk.free()
        start_again(trial, server, writers)
    check_resuming(trial, writers)


def start_again(trial, server, writers):
    seconds = server.start()
    trial.check(seconds < 5, f"the start took {seconds:.1f} s")
    for writer in writers:
        writer.move(server.address)
