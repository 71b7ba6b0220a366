"""Writers and readers on a server that stays while its database goes and comes."""

import time

import ledger
from client import LOST, UnexpectedAnswer
from stop import Reader
from writer import Writer, make_targets

WRITERS = 8
READERS = 2
ALLOWED = (200, 503)
BACK_WRITES = 8
JOIN_SECONDS = 40
READ_SECONDS = 5


class Load:
    """Rounds of them with one ledger: `begin`, faults, `await_back`, `end`."""

    def __init__(self, trial, server):
        self.trial = trial
        self.server = server
        self.race = ledger.Race()
        self.ledgers = [{} for _ in range(WRITERS)]
        self.rounds = 0
        self.writers = self.readers = []
        self.acknowledged = 0  # of the rounds before this one
        self.statuses = {}
        self.back = []  # seconds, each time
        self.slowest = 0.0  # answer
        make_targets(server.client())

    def begin(self):
        self.rounds += 1
        self.writers = [Writer(i, self.trial, self.race, self.rounds, self.ledgers[i]).connect(self.server)
                        for i in range(WRITERS)]
        self.readers = [Reader(self.trial, self.server, writer.dice) for writer in self.writers[:READERS]]
        for writer in self.writers:
            writer.allowed, writer.survives = ALLOWED, True
        for thread in self.writers + self.readers:
            thread.start()

    def count(self):
        return sum(writer.acknowledged for writer in self.writers)

    def refusals(self):
        return sum(thread.statuses.get(503, 0) for thread in self.writers + self.readers)

    def await_more(self, count_now, more, seconds):
        """Until `count_now()` has grown by that; gives the seconds that it took, None when it did not."""
        start = time.monotonic()
        wanted = count_now() + more
        while count_now() < wanted:
            if time.monotonic() > start + seconds:
                return None
            time.sleep(0.005)
        return time.monotonic() - start

    def await_back(self, seconds):
        """Writes get through again."""
        taken = self.await_more(self.count, BACK_WRITES, seconds)
        self.trial.check(taken is not None, f"round {self.rounds}: not back within {seconds} s")
        self.back.append(seconds if taken is None else taken)

    def end(self):
        """Stops the clients and compares what is stored."""
        threads = self.writers + self.readers
        for thread in threads:
            thread.stopping.set()
        for thread in threads:
            thread.join(JOIN_SECONDS)
            self.trial.check(not thread.is_alive(), "a client hangs")
            self.slowest = max(self.slowest, thread.slowest)
            for status, count in thread.statuses.items():
                self.statuses[status] = self.statuses.get(status, 0) + count
        lost = [loss for writer in self.writers for loss in writer.losses]
        self.trial.check(not lost, f"requests without an answer: {lost[:3]}")
        self.acknowledged += self.count()
        self.writers = self.readers = []
        self.check_ledger(time.monotonic() + READ_SECONDS)

    def check_ledger(self, end):
        """Reading may still be refused for a moment."""
        while True:
            try:
                ledger.check(self.trial, self.server.client(), self.ledgers, self.race)
                return
            except (*LOST, UnexpectedAnswer) as error:
                if time.monotonic() > end:
                    self.trial.fault(f"the records can't be read: {error!r}")
                    return
                time.sleep(0.1)

    def tell(self, what):
        self.trial.say(f"{what}: {self.acknowledged} acknowledged writes, answers {self.statuses}, slowest "
                       f"{self.slowest:.1f} s; back in {max(self.back, default=0):.2f} s at most")
