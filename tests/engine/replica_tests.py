"""Reads on replicas that replay the database's log: what they may show, and when they are left out."""

import contextlib
import json
import threading
import time

import made_data
from client import Client
from database_cluster import DatabaseCluster, ReplicaCluster
from stage import check
from writers import wait_until

PATIENT_MS = 60000  # no lag of this test is so long: only own writes keep a read on the primary
OUT, IN = "a read replica is left out", "a read replica takes reads"
SECONDS = 20


def lines(server, event):
    return [line for line in server.log().splitlines() if f'"{event}"' in line]


def told(server, event, count=1):
    return wait_until(lambda: len(lines(server, event)) >= count, SECONDS)


def takes_reads(server):
    """What the log says of the only replica."""
    events = [event for line in server.log().splitlines() for event in (OUT, IN) if f'"{event}"' in line]
    return events[-1:] == [IN]


class ReplicaStage:
    """A server that reads from replicas, and clients with tokens of their own."""

    def __init__(self, stage, replicas, lag_ms):
        self.database = stage.cluster.new_database()
        arguments = ["--replica-lag-ms", str(lag_ms)]
        for replica in replicas:
            arguments += ["--read-database", replica.url(self.database)]
        self.server = stage.server(self.database, arguments=arguments)
        self.writer, self.reader = self.new_client(), self.new_client()

    def new_client(self):
        client = Client(self.server)
        client.login("admin", "admin")
        return client

    def make_product(self):
        return self.writer.post("/api/v1/Product", {"name": "first"})["id"]

    def rename(self, record_id, name):
        self.writer.request("PATCH", f"/api/v1/Product/{record_id}", {"name": name})


def name_of(client, record_id):
    return client.get(f"/api/v1/Product/{record_id}")["name"]


@contextlib.contextmanager
def one_replica(stage, lag_ms):
    with ReplicaCluster(stage.cluster) as replica:
        play = ReplicaStage(stage, [replica], lag_ms)
        check(told(play.server, IN), "the replica never takes reads")
        yield play, replica


def test_own_writes_are_seen_at_once_while_others_read_an_older_replica(stage, rounds):
    with one_replica(stage, PATIENT_MS) as (play, replica):
        product = play.make_product()
        check(wait_until(lambda: play.reader.status("GET", f"/api/v1/Product/{product}") == 200, SECONDS), "not replayed")
        replica.pause_replay()
        filtered = "/api/v1/Product?where[0][type]=contains&where[0][attribute]=name&where[0][value]=round&maxSize=1"
        for number in range(rounds * 70):
            name = f"round {number}"
            play.rename(product, name)
            check(name_of(play.writer, product) == name, f"{name}: not what was just written")
            check(play.writer.get(filtered)["total"] == 1, f"{name}: the total is behind")
        check(name_of(play.reader, product) == "first", "the other token's read is not on the replica")
        check(play.reader.get(filtered)["total"] == 0, "the other token's total is not the replica's")
        late = play.new_client()
        check(late.status("GET", f"/api/v1/User/{late.user_id}") == 200, "a new token can't read")
        replica.resume_replay()
        check(wait_until(lambda: name_of(play.reader, product) == name, SECONDS), "never replayed")
        check_the_writer_reads_the_replica_again(play, replica, product)
        check(not lines(play.server, OUT), lines(play.server, OUT))


def check_the_writer_reads_the_replica_again(play, replica, product):
    play.rename(product, "seen by both")
    check(wait_until(lambda: name_of(play.reader, product) == "seen by both", SECONDS), "never replayed")
    other = play.new_client()
    replica.pause_replay()
    other.request("PATCH", f"/api/v1/Product/{product}", {"name": "seen by one"})
    check(name_of(other, product) == "seen by one", "not what was just written")
    # As soon as the watcher has seen that the writer's own write is there.
    check(wait_until(lambda: name_of(play.writer, product) == "seen by both", SECONDS),
          "reads after an old write are not on the replica")
    replica.resume_replay()


def test_a_replica_that_lags_is_left_out(stage, _rounds):
    lag_ms = 1000
    with one_replica(stage, lag_ms) as (play, replica):
        product = play.make_product()
        check(wait_until(lambda: play.reader.status("GET", f"/api/v1/Product/{product}") == 200, SECONDS), "not replayed")
        replica.pause_replay()
        play.rename(product, "second")
        written = time.monotonic()
        asked = written
        while name_of(play.reader, product) != "second":
            # What was asked later than the limit after the write must show it.
            check(asked - written <= lag_ms / 1000, f"still old after {asked - written:.2f} s")
            asked = time.monotonic()
        check(told(play.server, OUT), "left out without a line in the log")
        replica.resume_replay()
        check(told(play.server, IN, 2), "never taken in again")


def test_a_token_revoked_while_the_replica_lags_is_refused(stage, _rounds):
    with one_replica(stage, PATIENT_MS) as (play, replica):
        check(play.reader.status("GET", "/api/v1/Product") == 200, "the token is not known")
        replica.pause_replay()
        made = play.writer.post("/api/v1/AuthToken", {"name": "short", "userId": play.writer.user_id})
        guest = Client(play.server)
        guest.token = made["authToken"]
        check(guest.status("GET", "/api/v1/Product") == 200, "a token that the replica does not know yet is refused")
        play.writer.request("DELETE", f"/api/v1/AuthToken/{made['id']}")
        check(guest.status("GET", "/api/v1/Product") == 401, "a revoked token is taken")
        replica.resume_replay()


def replica_serves(replica):
    """Beside the watcher's connection there are some that read."""
    return int(replica.run_sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pimento'")) > 2


class Readers:
    """Threads that read one record again and again, and count what else than 200 they get."""

    def __init__(self, client, path, count):
        self.client, self.path = client, path
        self.is_over = False
        self.answers, self.failures, self.slowest = 0, [], 0
        self.threads = [threading.Thread(target=self.read) for _ in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def read(self):
        while not self.is_over:
            begun = time.monotonic()
            status, answer = self.client.exchange("GET", self.path)
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.answers += 1
            if status != 200:
                self.failures.append((status, answer[:500]))

    def await_more(self, count):
        wanted = self.answers + count
        check(wait_until(lambda: self.answers >= wanted, SECONDS), "reads stand still")


def test_no_read_fails_when_a_replica_dies(stage, rounds):
    with one_replica(stage, 1000) as (play, replica):
        for number in range(200):
            play.writer.post("/api/v1/Product", {"name": f"number {number}"})
        with Readers(play.reader, "/api/v1/Product?maxSize=200&sortBy=name", 6) as readers:
            for _ in range(rounds * 5):
                readers.await_more(10)
                replica.run_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                                "application_name = 'pimento'")
            for _ in range(rounds):
                check(wait_until(lambda: takes_reads(play.server), SECONDS), "never taken in again")
                readers.await_more(20)
                replica.stop(made_data.AT_ONCE)
                readers.await_more(20)
                check(wait_until(lambda: not takes_reads(play.server), SECONDS), "left out without a line in the log")
                replica.start()
            check(wait_until(lambda: takes_reads(play.server), SECONDS), "never taken in again")
        check(readers.failures == [], readers.failures[:3])


def test_reads_go_on_when_a_replica_is_silent(stage, _rounds):
    with one_replica(stage, 1000) as (play, replica):
        product = play.make_product()
        with Readers(play.reader, f"/api/v1/Product/{product}", 6) as readers:
            check(wait_until(lambda: replica_serves(replica), SECONDS), "no read is on the replica")
            replica.freeze()
            try:
                # No thread is free before one of its reads is given up.
                check(wait_until(lambda: not takes_reads(play.server), SECONDS), "left out without a line in the log")
                readers.await_more(50)
            finally:
                replica.thaw()
            check(wait_until(lambda: takes_reads(play.server), SECONDS), "never taken in again")
        check(readers.failures == [], readers.failures[:3])
        check(readers.slowest < 8, f"a read took {readers.slowest:.1f} s")


def test_what_is_no_replica_of_the_database_is_told_and_not_read(stage, _rounds):
    with DatabaseCluster() as stranger, ReplicaCluster(stage.cluster) as replica:
        database = stage.cluster.new_database()
        arguments = []
        stranger.run_sql(f"CREATE DATABASE {database}")
        for cluster in (stranger, stage.cluster, replica):
            arguments += ["--read-database", cluster.url(database)]
        server = stage.server(database, arguments=arguments)
        check(told(server, OUT, 2) and told(server, IN), "not told")
        reasons = {line["replica"]: line["reason"] for line in map(json.loads, lines(server, OUT))}
        check(reasons == {1: "it is no copy of this database: a wrong URL?", 2: "it is a primary, no replica: a wrong URL?"},
              reasons)
        check([json.loads(line)["replica"] for line in lines(server, IN)] == [3], lines(server, IN))
        client = Client(server)
        client.login("admin", "admin")
        check(client.get("/api/v1/Product")["total"] == 0, "no answer")
        check(stranger.run_sql("SELECT count(*) FROM pg_class WHERE relname = 'product'", database) == "0", "written to")
