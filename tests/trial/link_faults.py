"""Trial: the link to the database stalls, is forgotten, is reset, is slow; sessions are ended one after the other."""

import random
import time

from engine import OnServer
from link_proxy import LinkProxy
from load import Load
from server import Server

LIFE_SECONDS = (0.2, 1.0)
NOTICE_SECONDS = 10
BACK_ALONE_SECONDS = 15  # while only new connections work
ANSWER_SECONDS = 20  # noticed, one more attempt, and the same of who was before in the queue
STALL_SECONDS = (1, 3, 23)
NOTICED = "the database's link is silent"  # in the log
DELAY_SECONDS = (0.002, 0.03)  # each way
BACK_SECONDS = 5
TERMINATE_SECONDS = 10


def stall(trial, load, proxy, dice, _):
    """A longer silence than a statement's is noticed and told; a short one is waited for."""
    seconds = dice.choice(STALL_SECONDS)
    start, known = time.monotonic(), load.server.log().count(NOTICED)
    proxy.hold()
    if seconds > NOTICE_SECONDS:
        while load.server.log().count(NOTICED) == known and time.monotonic() < start + seconds:
            time.sleep(0.1)
        taken = time.monotonic() - start
        trial.check(taken < NOTICE_SECONDS, f"silence was not noticed in {taken:.1f} s")
        told = load.await_more(load.refusals, 1, ANSWER_SECONDS - taken)
        trial.check(told is not None, f"nobody was told in {ANSWER_SECONDS} s")
    time.sleep(max(0, start + seconds - time.monotonic()))
    proxy.release()
    load.await_back(BACK_SECONDS)


def forget(trial, load, proxy, dice, _):
    """As by a router that lost its table: what is connected is silent for ever, new connections work."""
    proxy.forget()
    load.await_back(BACK_ALONE_SECONDS)


def reset(trial, load, proxy, dice, _):
    proxy.reset()
    load.await_back(BACK_SECONDS)


def delay(trial, load, proxy, dice, _):
    """Slow is no fault: everything is still done."""
    proxy.delay(dice.uniform(*DELAY_SECONDS))
    load.await_back(ANSWER_SECONDS)
    proxy.delay(0)
    trial.check(load.refusals() == 0, "a slow link made refusals")


def terminate(trial, load, proxy, dice, engine):
    """An administrator ends sessions, one of ours each second, the listener's too."""
    for _ in range(TERMINATE_SECONDS):
        time.sleep(1)
        engine.cluster.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pimento'"
                               " ORDER BY random() LIMIT 3")
        load.await_back(BACK_SECONDS)


KINDS = {"reset": reset, "delay": delay, "terminate": terminate, "stall": stall, "forget": forget}


def run(trial):
    with OnServer() as engine, LinkProxy(engine.cluster.directory / ".s.PGSQL.5432") as proxy:
        for name in KINDS:
            run_kind(trial, engine, proxy, name)


def run_kind(trial, engine, proxy, name):
    """On a server and a database of its own, so that each kind is seen by itself."""
    dice = random.Random()
    faults = trial.faults
    engine.new()
    url = f"postgresql://pimento@127.0.0.1:{proxy.port}/{engine.name}"
    with Server(trial.binary, trial.directory(name) / "data", ("--database", url)) as server:
        load = Load(trial, server)
        rounds = 1 if name == "terminate" else trial.rounds
        while load.rounds < rounds and trial.faults == faults:
            load.begin()
            time.sleep(dice.uniform(*LIFE_SECONDS))
            KINDS[name](trial, load, proxy, dice, engine)
            load.end()
            trial.check(load.slowest < ANSWER_SECONDS, f"{name}: an answer took {load.slowest:.1f} s")
        load.tell(f"{name} x {load.rounds}" + (f", {trial.faults - faults} FAULTS" if trial.faults > faults else ""))
        proxy.reset()
