#!/usr/bin/env python3
"""What a database server asks beyond the scenarios, which play on both engines: the same lists byte for byte, two
processes on one database, a database that goes away and comes back, a process that is killed, instances that move,
read replicas, languages.

usage: run.py --binary PATH [--rounds N] [--only TEXT]

Starts its own database server. The last line is `N passed, N failed`.
"""

import argparse
import collections
import pathlib
import re
import sys
import time
import traceback

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent / "support"), str(here.parent / "api")]

import copying
import language_tests
import made_data
import mass_jobs
import replica_tests
from client import Client, ClientError
from database_cluster import ClusterError, DatabaseCluster
from deaf_proxy import DeafProxy
from server_process import ServerError
from stage import Stage, check
from writers import Writers, wait_until

def test_lists_are_the_same_bytes_on_both_engines(stage, _rounds):
    clients = [Client(stage.server()), Client(stage.server(stage.cluster.new_database()))]
    for client in clients:
        client.login("admin", "admin")
        for batch in made_data.batches():
            outcomes = client.post("/api/v1/MassActions/action/upsert", batch)
            check(all(outcome["status"] == "Created" for outcome in outcomes), outcomes)
    rows = 0
    for query in made_data.queries(200):
        embedded, server = [made_data.without_times(client.get_bytes(query)) for client in clients]
        check(embedded == server, f"{query}\n{embedded[:3000]}\n{server[:3000]}")
        rows += embedded.count(b'"id":')
    check(rows > 1000, f"only {rows} rows were compared")


def test_two_processes_start_together_on_an_empty_database(stage, rounds):
    for _ in range(rounds):
        database = stage.cluster.new_database()
        with made_data.threads(2) as pool:
            servers = list(pool.map(lambda _, name=database: stage.server(name), range(2)))
        for server in servers:
            Client(server).login("admin", "admin")
            server.stop()


def test_a_process_sees_the_writes_of_another_at_once(stage, _rounds):
    database = stage.cluster.new_database()
    one, other = Client(stage.server(database)), Client(stage.server(database))
    one.login("admin", "admin")
    other.token = one.token
    for number in range(20):
        record = one.post("/api/v1/Product", {"name": f"number {number}"})
        check(other.get(f"/api/v1/Product/{record['id']}")["name"] == f"number {number}", record)
        check(other.get("/api/v1/Product?maxSize=1")["total"] == number + 1, "the total is behind")
        found = other.get("/api/v1/Product?where[0][type]=contains&where[0][attribute]=name&where[0][value]=number")
        check(found["total"] == number + 1, "the filtered total is behind")


def revoke_on_one(one, other):
    """Five tokens that both know, one after the other; each is refused by the other within a second."""
    one.login("admin", "admin")
    other.login("admin", "admin")
    for _ in range(5):
        made = one.post("/api/v1/AuthToken", {"name": "shared", "userId": one.user_id})
        guest = Client(other.server)
        guest.token = made["authToken"]
        check(guest.status("GET", "/api/v1/Product") == 200, "the token is not known")
        one.request("DELETE", f"/api/v1/AuthToken/{made['id']}")
        check(wait_until(lambda: guest.status("GET", "/api/v1/Product") == 401, 1), "still taken after a second")


def test_a_token_revoked_on_one_process_is_refused_by_another(stage, _rounds):
    database = stage.cluster.new_database()
    revoke_on_one(Client(stage.server(database)), Client(stage.server(database)))


def test_a_revoked_token_is_refused_where_notifications_are_not_delivered(stage, _rounds):
    database = stage.cluster.new_database()
    with DeafProxy(stage.cluster, {b"LISTEN pimento": b"LISTEN another"}) as proxy:
        revoke_on_one(Client(stage.server(database)), Client(stage.server(database, way=proxy)))
        check(proxy.heard == {b"LISTEN pimento"}, "the process does not listen")


def test_a_revoked_token_is_refused_where_the_database_has_no_notifications(stage, _rounds):
    database = stage.cluster.new_database()
    with DeafProxy(stage.cluster, {b"LISTEN pimento": b"LISTON pimento", b"NOTIFY": b"NOTIFI"}) as proxy:
        servers = [stage.server(database, way=proxy) for _ in range(2)]
        revoke_on_one(Client(servers[0]), Client(servers[1]))
        check(proxy.heard == {b"LISTEN pimento"}, f"what was said nevertheless: {proxy.heard}")
        for server in servers:
            check(server.log().count("has no LISTEN") == 1, "not logged once")


def upsert_both_ways(clients, items):
    """The same items from both clients at once, the second in opposite order; gives all statuses."""
    with made_data.threads(2) as pool:
        answers = pool.map(lambda each: each[0].post("/api/v1/MassActions/action/upsert", items[::each[1]]),
                           zip(clients, (1, -1)))
        return {outcome["status"] for outcomes in answers for outcome in outcomes}


def test_upserts_that_stand_in_each_others_way_both_succeed(stage, rounds):
    database = stage.cluster.new_database()
    clients = [Client(stage.server(database)), Client(stage.server(database))]
    for client in clients:
        client.login("admin", "admin")
    for number in range(rounds * 5):
        keys = [made_data.entity_id("p", number * 60 + each) for each in range(60)]
        # New ones wait for each other in turn; whoever comes second finds what the first has made.
        items = [{"entity": "Product", "payload": {"sku": key, "name": f"made {key}"}} for key in keys]
        statuses = upsert_both_ways(clients, items)
        check(statuses <= {"Created", "NotModified"}, f"round {number}: {statuses}")
        items = [{"entity": "Product", "payload": {"sku": key, "price": number + 1}} for key in keys]
        statuses = upsert_both_ways(clients, items)
        check(statuses == {"Updated", "NotModified"}, f"round {number}: {statuses}")
    total = clients[0].get("/api/v1/Product?maxSize=1")["total"]
    check(total == rounds * 5 * 60, f"{total} products")
    deadlocks = "SELECT sum(deadlocks) FROM pg_stat_database"
    check(int(stage.cluster.run_sql(deadlocks)) > 0, "the test met no deadlock")


def stand_in_trees(client):
    """The parents by the records' own word; fails on a circle, and when the rows of the tree say something else."""
    records = client.get("/api/v1/Category?select=parentId&maxSize=1000")["list"]
    parents = {record["id"]: record["parentId"] for record in records}
    for each in parents:
        way = [each]
        while parents[way[-1]] is not None:
            way.append(parents[way[-1]])
            check(len(way) <= len(parents), f"a circle: {way}")
    rows = client.get("/api/v1/CategoryHierarchy?select=entityId,parentId&maxSize=1000")["list"]
    check({row["entityId"]: row["parentId"] for row in rows} ==
          {each: parent for each, parent in parents.items() if parent is not None}, f"{rows} and {parents} differ")
    check(len(rows) == len({row["entityId"] for row in rows}), f"two places: {rows}")
    return parents


def test_records_moved_by_many_clients_never_form_a_circle(stage, rounds):
    database = stage.cluster.new_database()
    for servers in ([stage.server()], [stage.server(database), stage.server(database)]):
        clients = [Client(server) for server in servers]
        for client in clients:
            client.login("admin", "admin")
        # Who is moved and whom it comes below are never the same two records: no lock on a row is in the way.
        roots, leaves = [f"r{number}" for number in range(4)], [f"l{number}" for number in range(4)]
        for root, leaf in zip(roots, leaves):
            clients[0].post("/api/v1/Category", {"id": root, "name": root})
            clients[0].post("/api/v1/Category", {"id": leaf, "name": leaf, "parentId": root})

        def move(mover):
            body = {"parentId": leaves[(mover + 1) % len(leaves)]}
            return clients[mover % len(clients)].exchange("PATCH", f"/api/v1/Category/{roots[mover]}", body)

        for _ in range(rounds * 20):
            with made_data.threads(len(roots)) as pool:
                answers = list(pool.map(move, range(len(roots))))
            check(sorted(status for status, _ in answers) == [200, 200, 200, 400], f"one had to be refused: {answers}")
            stand_in_trees(clients[0])
            for root in roots:
                check(clients[0].exchange("PATCH", f"/api/v1/Category/{root}", {"parentId": None})[0] in (200, 304), root)


def test_nothing_is_left_below_a_record_that_goes_to_the_trash_meanwhile(stage, rounds):
    database = stage.cluster.new_database()
    for servers in ([stage.server()], [stage.server(database), stage.server(database)]):
        clients = [Client(server) for server in servers]
        for client in clients:
            client.login("admin", "admin")
        for number in range(rounds * 5):
            root, leaf = f"r{number}", f"l{number}"
            clients[0].post("/api/v1/Category", {"id": root, "name": root})
            clients[0].post("/api/v1/Category", {"id": leaf, "name": leaf, "parentId": root})

            def act(actor):
                if actor == 3:
                    return clients[-1].exchange("DELETE", f"/api/v1/Category/{root}")[0]
                body = {"id": f"{leaf}-{actor}", "name": "late", "parentId": leaf}
                return clients[actor % len(clients)].exchange("POST", "/api/v1/Category", body)[0]

            with made_data.threads(6) as pool:
                statuses = list(pool.map(act, range(6)))
            check(set(statuses) <= {200, 400, 503} and statuses[3] == 200, f"answers: {statuses}")
            left = clients[0].get("/api/v1/Category?totalOnly=true")["total"]
            check(left == 0, f"round {number}: {left} stand below what is in the trash")


def test_no_acknowledged_write_is_lost_when_the_database_restarts(stage, rounds):
    client = Client(stage.server(stage.cluster.new_database()))
    client.login("admin", "admin")
    with Writers(client, 8) as writers:
        for _ in range(rounds):
            writers.await_more(20)
            stage.cluster.stop(made_data.AT_ONCE)
            writers.await_failure()
            stage.cluster.start()
            check(writers.await_more(1, seconds=5), "not back within 5 s")
    check(writers.unexpected() == {}, f"answers that are neither 2xx nor 503: {writers.unexpected()}")
    check(writers.lost() == [], f"acknowledged and not there: {writers.lost()}")


def test_no_acknowledged_write_is_lost_when_a_process_is_killed(stage, rounds):
    server = stage.server(stage.cluster.new_database())
    client = Client(server)
    client.login("admin", "admin")
    with Writers(client, 8) as writers:
        for _ in range(rounds):
            writers.await_more(20)
            server.process.kill()
            server.process.wait()
            server.start()
            check(writers.await_more(1, seconds=5), "not back within 5 s")
    check(writers.unexpected() == {}, f"answers that are neither 2xx nor 503: {writers.unexpected()}")
    check(writers.lost() == [], f"acknowledged and not there: {writers.lost()}")
    total = client.get("/api/v1/Product?maxSize=1")["total"]
    check(total == writers.count_rows(), f"the counter says {total}, there are {writers.count_rows()}")


def check_moved(server, old, expected):
    """The copy answers as before, to old tokens and passwords; new records are new, unique values are unique."""
    client = Client(server)
    client.token = old.token
    for path, answer in copying.answers(client).items():
        check(answer == expected[path], f"{path}\n{expected[path][:2000]}\n{answer[:2000]}")
    Client(server).login("mover", "Old-password-1")
    check(client.status("GET", f"/api/v1/Product/{made_data.entity_id('p', 3)}") == 404, "the trash came back")
    status, answer = client.exchange("POST", "/api/v1/Product", {"name": "again", "sku": "newest"})
    check(status == 400 and b"sku" in answer, f"a second one with the same sku: {status} {answer}")
    total = client.get("/api/v1/Product?maxSize=1")["total"]
    made = client.post("/api/v1/Product", {"name": "Made Afterwards", "sku": "afterwards"})
    found = client.get("/api/v1/Product?where[0][type]=contains&where[0][attribute]=name&where[0][value]=afterwards")
    check([each["id"] for each in found["list"]] == [made["id"]], f"not found: {found}")
    check(client.get("/api/v1/Product?maxSize=1")["total"] == total + 1, "the counter is wrong")


def test_an_instance_moves_between_the_engines_and_answers_the_same(stage, _rounds):
    """Embedded, to a server, to another server, back, and to another directory."""
    first = stage.server()
    client = Client(first)
    client.login("admin", "admin")
    copying.fill(client)
    expected = copying.answers(client)
    check(sum(answer.count(b'"id":') for answer in expected.values()) > 500, "too little was asked")
    first.stop()
    (first.directory / "data" / "files").mkdir()
    (first.directory / "data" / "files" / "one").write_bytes(b"\0\1" * 50000)
    databases = [stage.cluster.new_database() for _ in range(2)]
    servers = [first, *[stage.server(database, starts=False) for database in databases],
               stage.server(starts=False), stage.server(starts=False)]
    places = [servers[0].directory / "data", *map(stage.cluster.url, databases),
              servers[3].directory / "data", servers[4].directory / "data"]
    said = [stage.copy(source, target) for source, target in zip(places, places[1:])]
    for server in servers:
        server.start()
        check_moved(server, client, expected)
        server.stop()
    check(f"--data {places[0]}" in said[0], said[0])
    check("copy them into" in said[2], said[2])
    sums = [re.findall(r"^(\w+ +\d+  [0-9a-f]{32})$", each, re.MULTILINE) for each in said]
    check(len(sums[0]) > 10 and all(each == sums[0] for each in sums), sums)
    target = stage.server(starts=False).directory / "data"
    stage.copy(places[0], target)
    check((target / "files" / "one").read_bytes() == b"\0\1" * 50000, "a file differs")


def test_a_copy_that_would_do_harm_is_refused(stage, _rounds):
    server, other = stage.server(), stage.server()
    filled, empty = server.directory / "data", other.directory / "none"
    url = stage.cluster.url(stage.cluster.new_database())
    check("works on" in stage.copy(filled, url, code=2), "the source is being served")
    server.stop()
    stage.copy(filled, url)
    for source, target, words in ((filled, url, "records of"), (url, filled, "records of"),
                                  (filled, other.directory / "data", "works on"), (filled, filled, "the same"),
                                  (url, url, "the same"), (empty, url, "Cannot open"), (filled, "", "--from"),
                                  (stage.cluster.url(stage.cluster.new_database()), empty, "no instance"),
                                  ("mysql://localhost/x", empty, "no driver")):
        said = stage.copy(source, target, code=2)
        check(words in said, f"{source} {target}: {said}")
    check(not (other.directory / "none" / "admin-password").exists(), "it made an instance of its own")
    stage.cluster.run_sql("ALTER TABLE product DROP COLUMN sku", url.split("/")[3].split("?")[0])
    said = stage.copy(url, other.directory / "new", code=2)
    check("product has no sku" in said and "pimento serve" in said, said)


def test_a_copy_is_whole_or_not_there(stage, _rounds):
    server = stage.server()
    client = Client(server)
    client.login("admin", "admin")
    copying.fill(client)
    expected = copying.answers(client)
    server.stop()
    database = stage.cluster.new_database()
    for target, place in ((stage.server(starts=False), None), (stage.server(database, starts=False), database)):
        where = stage.cluster.url(place) if place else target.directory / "data"
        kills, seconds = 0, 0.01
        while copying.run_and_kill(stage.binary, server.directory / "data", where, seconds):
            kills, seconds = kills + 1, seconds * 1.5
        check(kills > 1, f"only {kills} copies were killed")
        check("records of" in stage.copy(server.directory / "data", where, code=2), "the last one came to its end")
        target.start()
        check_moved(target, client, expected)


def test_a_copy_of_an_instance_at_work_is_of_one_moment(stage, _rounds):
    client = Client(stage.server(stage.cluster.new_database()))
    client.login("admin", "admin")
    copying.fill(client)
    url = client.server.command[-1]
    target = stage.server(starts=False)
    with Writers(client, 4) as writers:
        writers.await_more(20)
        before = set(writers.acknowledged)
        stage.copy(url, target.directory / "data")
        check(writers.await_more(20), "the writers were held up")
    target.start()
    moved = Client(target)
    moved.token = client.token
    for identifier in before:
        check(moved.status("GET", f"/api/v1/Product/{identifier}") == 200, f"{identifier} is missing")
    listed = moved.get("/api/v1/Product?maxSize=10000&select=id")
    check(listed["total"] == len(listed["list"]), f"the counter says {listed['total']}")
def on_both_engines(stage):
    for database in (None, stage.cluster.new_database()):
        server = stage.server(database)
        client = Client(server)
        client.login("admin", "admin")
        yield server, client


def test_a_job_goes_on_when_its_process_is_killed(stage, _rounds):
    for server, client in on_both_engines(stage):
        mass_jobs.make_products(client)
        job = mass_jobs.begin(client, {"price": 7, "note": "seven"})
        for part in (1000, 3000):
            check(mass_jobs.await_processed(client, job, part), "the job does not get on")
            server.process.kill()
            server.process.wait()
            server.start()
        end = mass_jobs.await_end(client, job)
        check((end["status"], end["processed"], end["total"], end["failed"]) ==
              ("Success", mass_jobs.RECORDS, mass_jobs.RECORDS, 0), end)
        wrong = [each for each in mass_jobs.products(client) if (each["price"], each["note"]) != (7, "seven")]
        check(not wrong, f"{len(wrong)} products are not as they should be: {wrong[:5]}")
        repeated = [number for number in range(0, mass_jobs.RECORDS, 7) if mass_jobs.count_changes(client, number) != 2]
        check(not repeated, f"written more than once by the job: {repeated[:20]}")


def test_a_canceled_job_leaves_whole_records(stage, _rounds):
    for _, client in on_both_engines(stage):
        mass_jobs.make_products(client)
        job = mass_jobs.begin(client, {"price": 8, "note": "eight"})
        check(mass_jobs.await_processed(client, job, 500), "the job does not get on")
        check(client.patch(f"/api/v1/Job/{job}", {"status": "Canceled"})["status"] == "Canceled", "not canceled")
        processed = mass_jobs.read(client, job)["processed"]
        kinds = collections.Counter((each["price"], each["note"]) for each in mass_jobs.products(client))
        check(set(kinds) == {(8, "eight"), (1, None)}, kinds)
        check(kinds[8, "eight"] == processed < mass_jobs.RECORDS, f"{kinds}, the job says {processed}")


def test_a_keyed_upsert_creates_each_record_once_over_a_kill(stage, _rounds):
    key = {"Idempotency-Key": "the import"}
    items = [{"entity": "Product", "payload": {"name": f"number {number}"}} for number in range(4000)]
    for server, client in on_both_engines(stage):
        with made_data.threads(1) as pool:
            sent = pool.submit(client.exchange, "POST", "/api/v1/MassActions/action/upsert", items, key)
            check(wait_until(lambda: 0 < count_products(client) or sent.done(), 60), "nothing is created")
            server.process.kill()
            server.process.wait()
            check(sent.result()[0] == 0, "the upsert was too quick to be killed")
        server.start()
        before = count_products(client)
        check(0 < before < len(items), f"{before} records before the kill")
        for _ in range(2):
            status, _ = client.exchange("POST", "/api/v1/MassActions/action/upsert", items, key)
            check(status == 200, f"answered {status}")
            check(count_products(client) == len(items), f"{count_products(client)} records, {before} of the first time")


def count_products(client):
    return client.get("/api/v1/Product?totalOnly=true")["total"]


def runs_of(jobs, servers):
    lines = [line for server in servers for line in server.log().splitlines() if '"event":"job"' in line]
    return [sum(job in line for line in lines) for job in jobs]


def test_two_processes_run_each_job_once(stage, _rounds):
    database = stage.cluster.new_database()
    with made_data.threads(2) as pool:
        servers = list(pool.map(lambda _: stage.server(database), range(2)))
    client = Client(servers[0])
    client.login("admin", "admin")
    mass_jobs.make_products(client, 300)
    jobs = [mass_jobs.begin(client, {"price": 100 + number}) for number in range(20)]
    ends = [mass_jobs.await_end(client, job) for job in jobs]
    check(all(end["status"] == "Success" for end in ends), ends)
    check(wait_until(lambda: set(runs_of(jobs, servers)) == {1}, 5), f"runs of each job: {runs_of(jobs, servers)}")


def play(name, test, binary, cluster, rounds):
    stage = Stage(binary, cluster)
    begun = time.monotonic()
    try:
        try:
            test(stage, rounds)
        finally:
            stage.close()
        print(f"ok   {name} ({time.monotonic() - begun:.0f} s)", flush=True)
        return True
    except (AssertionError, ClientError, ClusterError, copying.CopyError, ServerError, OSError):
        print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)
        print("\n".join(stage.faults[-20:]))
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="tests with this in their names")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    named = {**globals(), **vars(replica_tests), **vars(language_tests)}
    tests = [(name, test) for name, test in named.items() if name.startswith("test_") and options.only in name]
    try:
        with DatabaseCluster() as cluster:
            results = [play(name, test, binary, cluster, options.rounds) for name, test in tests]
    except ClusterError as error:
        print(f"FAIL the database server: {error}")
        results = [False]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
