"""Trial: kill -9 at a random moment under eight writers, again and again; nothing acknowledged may be lost."""

import random
import time

import ledger
from engine import Embedded, OnServer
from server import Server
from trial import Watch
from writer import Writer, make_targets

WRITERS = 8
LIFE_SECONDS = (0.2, 2.0)
START_SECONDS = 5  # at most
ROUNDS_A_DIRECTORY = 5
SEARCHES = 10


class Directory:
    """A data directory and what is known about it, over several lives of the server."""

    def __init__(self, trial, engine, round_number):
        self.data = trial.directory(f"crash-{round_number % 2}") / "data"
        self.engine = engine
        self.race = ledger.Race()
        self.ledgers = [{} for _ in range(WRITERS)]
        self.server = Server(trial.binary, self.data, engine.new())


def run(trial):
    with Embedded() as engine:
        run_on(trial, engine)


def run_on_server(trial):
    with OnServer() as engine:
        run_on(trial, engine)


def run_on(trial, engine):
    dice = random.Random()
    directory = None
    totals = {"acknowledged": 0, "unanswered": 0, "start": [], "records": 0, "races": 0}
    for number in range(trial.rounds):
        if number % ROUNDS_A_DIRECTORY == 0:
            directory = Directory(trial, engine, number)
        faults = trial.faults
        run_round(trial, directory, number, dice, totals)
        if trial.faults > faults:
            trial.say(f"round {number}: {trial.faults - faults} faults")
            return
    trial.say(f"{trial.rounds} rounds: {totals['acknowledged']} acknowledged writes, {totals['unanswered']} unanswered "
              f"ones, {totals['records']} records compared, {totals['races']} races lost; start "
              f"{1000 * max(totals['start']):.0f} ms at most")


def run_round(trial, directory, number, dice, totals):
    server = directory.server
    try:
        totals["start"].append(server.start())
        trial.check(totals["start"][-1] <= START_SECONDS, f"the start took {totals['start'][-1]:.1f} s")
        if number % ROUNDS_A_DIRECTORY == 0:
            make_targets(server.client())
        write_until_killed(trial, directory, number, dice, totals)
        directory.engine.check(trial, directory.data)
        if dice.random() < 0.25:
            kill_while_starting(server, dice)
        totals["start"].append(server.start())
        check_answers(trial, directory, dice, totals)
        server.kill()
    finally:
        server.close()


def write_until_killed(trial, directory, number, dice, totals):
    writers = [Writer(i, trial, directory.race, number, directory.ledgers[i]).connect(directory.server)
               for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(dice.uniform(*LIFE_SECONDS))
    directory.server.kill()
    for writer in writers:
        writer.join(30)
    trial.check(not any(writer.is_alive() for writer in writers), "a writer hangs after the kill")
    totals["acknowledged"] += sum(writer.acknowledged for writer in writers)
    totals["races"] += sum(writer.lost_races for writer in writers)
    totals["unanswered"] += sum(1 for entries in directory.ledgers for entry in entries.values() if entry.maybe)


def kill_while_starting(server, dice):
    server.launch()
    time.sleep(dice.uniform(0, 0.05))
    server.kill()


def check_answers(trial, directory, dice, totals):
    client = directory.server.client()  # with the token from before the crash
    found = ledger.check(trial, client, directory.ledgers, directory.race)
    totals["records"] += len(found)
    check_searches(trial, client, found, dice)


def check_searches(trial, client, found, dice):
    """Totals and lists of a few filters against all that was found."""
    records = list(found.values())
    for record in dice.sample(records, min(SEARCHES, len(records))):
        for where, wanted in ((("name", "contains", f" {record['number']} "), {record["id"]}),
                              (("sku", "equals", record["sku"]), {record["id"]})):
            check_search(trial, client, where, wanted)
    for brand in {record["brandId"] for record in records}:
        check_search(trial, client, ("brandId", "equals", brand),
                     {record["id"] for record in records if record["brandId"] == brand})
    watch = Watch()
    check_search(trial, client, ("description", "contains", "w1v"),
                 {record["id"] for record in records if "w1v" in record["description"]})
    trial.check(watch.seconds() < 5, f"a search took {watch.seconds():.1f} s")


def check_search(trial, client, where, wanted):
    name, kind, value = where
    ids = []
    for page in client.pages("Product", 10000, select="id", **{"where[0][attribute]": name, "where[0][type]": kind,
                                                               "where[0][value]": value}):
        ids += [record["id"] for record in page["list"]]
    trial.check(page["total"] == len(ids), f"{where}: total {page['total']}, {len(ids)} listed")
    trial.check(set(ids) == wanted and len(ids) == len(wanted),
                f"{where}: {len(ids)} found, {len(wanted)} wanted; {list(set(ids) ^ wanted)[:3]}")
