"""Trial: SIGTERM at a random moment under load: a clean end in time, nothing acknowledged lost, no odd answers."""

import random
import threading
import time

import database
import ledger
from client import LOST
from server import Server
from trial import Watch
from writer import AGAIN_SECONDS, Writer, make_targets

WRITERS = 8
READERS = 4
LIFE_SECONDS = (0.3, 1.5)
STOP_SECONDS = 10
ROUNDS_A_DIRECTORY = 5
# What a client may be told while the server goes.
ALLOWED = (200, 304, 503)
READS = ("/Product?maxSize=50&sortBy=name", "/Product?where[0][attribute]=name&where[0][type]=contains"
         "&where[0][value]=trial", "/Product?totalOnly=true", "/Brand")


class Reader(threading.Thread):
    """Reads until `stopping` is set or the connection goes."""

    def __init__(self, trial, server, dice):
        super().__init__(daemon=True)
        self.trial = trial
        self.client = server.client()
        self.dice = dice
        self.statuses = {}
        self.slowest = 0.0  # seconds until an answer
        self.stopping = threading.Event()

    def run(self):
        try:
            while not self.stopping.is_set():
                watch = Watch()
                status, body = self.client.ask("GET", self.dice.choice(READS))
                self.slowest = max(self.slowest, watch.seconds())
                self.statuses[status] = self.statuses.get(status, 0) + 1
                if status == 503:
                    self.stopping.wait(AGAIN_SECONDS)
                is_good = status in ALLOWED and isinstance(body, dict)
                self.trial.check(is_good, f"a read got {status}: {str(body)[:100]}")
        except LOST:
            pass


def run(trial):
    dice = random.Random()
    seen = {"acknowledged": 0, "stop": [], "statuses": {}, "losses": {}}
    for number in range(trial.rounds):
        if number % ROUNDS_A_DIRECTORY == 0:
            data = trial.directory(f"stop-{number}") / "data"
            race = ledger.Race()
            ledgers = [{} for _ in range(WRITERS)]
            server = Server(trial.binary, data)
        run_round(trial, server, number, (race, ledgers), dice, seen)
        if trial.faults:
            trial.say(f"round {number}: {trial.faults} faults")
            break
    trial.say(f"{len(seen['stop'])} stops under load: {max(seen['stop']):.2f} s at most; {seen['acknowledged']} "
              f"acknowledged writes; statuses {seen['statuses']}, connections ended by {seen['losses']}")


def run_round(trial, server, number, known, dice, seen):
    race, ledgers = known
    try:
        server.start()
        if number % ROUNDS_A_DIRECTORY == 0:
            make_targets(server.client())
        stop_under_load(trial, server, number, known, dice, seen)
        database.check(trial, server.data)
        server.start()
        ledger.check(trial, server.client(), ledgers, race)
        server.terminate(STOP_SECONDS)
    finally:
        server.close()


def stop_under_load(trial, server, number, known, dice, seen):
    race, ledgers = known
    writers = [Writer(i, trial, race, number, ledgers[i]).connect(server) for i in range(WRITERS)]
    readers = [Reader(trial, server, dice) for _ in range(READERS)]
    for writer in writers:
        writer.allowed = ALLOWED
    for thread in writers + readers:
        thread.start()
    time.sleep(dice.uniform(*LIFE_SECONDS))
    code, seconds = server.terminate(STOP_SECONDS)
    trial.check(code == 0, f"exit code {code} after {seconds:.1f} s; {server.last_words()}")
    for thread in writers + readers:
        thread.join(30)
        trial.check(not thread.is_alive(), "a client hangs after the stop")
    seen["stop"].append(seconds)
    seen["acknowledged"] += sum(writer.acknowledged for writer in writers)
    for thread in writers + readers:
        add_counts(seen["statuses"], thread.statuses)
    for writer in writers:
        add_counts(seen["losses"], {name: writer.losses.count(name) for name in set(writer.losses)})


def add_counts(total, counts):
    for name, count in counts.items():
        total[name] = total.get(name, 0) + count
