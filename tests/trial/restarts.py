"""Trial: the database is stopped, in order or at once, and started again under writers and readers; our server stays."""

import random
import signal
import time

from engine import OnServer
from load import Load
from server import Server

LIFE_SECONDS = (0.3, 1.5)
DOWN_SECONDS = (0, 1.5)
BACK_SECONDS = 5  # from when the database takes connections
WAYS = {"in order": signal.SIGINT, "at once": signal.SIGQUIT}


def run(trial):
    dice = random.Random()
    ways = list(WAYS) * (trial.rounds // len(WAYS) + 1)
    with OnServer() as engine, Server(trial.binary, trial.directory("restarts") / "data", engine.new()) as server:
        load = Load(trial, server)
        for way in ways[:trial.rounds]:
            load.begin()
            time.sleep(dice.uniform(*LIFE_SECONDS))
            engine.cluster.stop(WAYS[way])
            time.sleep(dice.uniform(*DOWN_SECONDS))
            engine.cluster.start()
            load.await_back(BACK_SECONDS)
            load.end()
            if trial.faults:
                trial.say(f"round {load.rounds}, stopped {way}: {trial.faults} faults")
                break
        load.tell(f"{load.rounds} restarts")
        server.terminate(10)
        engine.check(trial, server.data)
