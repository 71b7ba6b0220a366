"""Trial: trees of ten thousand records by HTTP upsert, on both engines - read back equal to the source, records moved
at random against a model, subtrees deleted and restored, and how long all that takes."""

import random
import statistics
import sys
import time

from catalogue import find_folder
from forest import ROOT_FIELDS, Forest, cpv, taxonomy
from server import Server
from trial import ROOT, Watch

sys.path.append(str(ROOT / "tests" / "support"))

from database_cluster import ClusterError, DatabaseCluster

BATCH_ITEMS = 500
MOVES = 400
TIMED = 50


def run(trial):
    folder = find_folder()
    for name, read in (("taxonomy", taxonomy), ("cpv", cpv)):
        hold(trial, f"{name}, embedded", Forest(read(folder)), [])
        try:
            with DatabaseCluster() as cluster:
                hold(trial, f"{name}, database server", Forest(read(folder)),
                     ["--database", cluster.url(cluster.new_database())])
        except ClusterError as reason:
            trial.say(f"{name}: no database server: {reason}")


def hold(trial, name, forest, arguments):
    trial.say(f"{name}: {len(forest.names)} records, {forest.depth()} levels")
    with Server(trial.binary, trial.directory("tree") / "data", arguments) as server:
        client = server.client(120)
        load(trial, client, forest, "Created")
        load(trial, client, forest, "NotModified")
        compare(trial, client, forest)
        measure(trial, client, forest)
        move(trial, client, forest)
        compare(trial, client, forest)
        delete_and_restore(trial, client, forest)


def load(trial, client, forest, status):
    items = [{"entity": "Category", "payload": forest.payload(each)} for each in forest.by_levels()]
    watch = Watch()
    for start in range(0, len(items), BATCH_ITEMS):
        for outcome in client.upsert(items[start:start + BATCH_ITEMS]):
            trial.check(outcome["status"] == status, f"not {status}: {str(outcome)[:300]}")
    trial.say(f"upsert, {status}: {watch.rate(len(items))}")


def compare(trial, client, forest):
    """Every record, with its routes in order."""
    watch = Watch()
    seen = set()
    pages = client.pages("Category", 1000, select=ROOT_FIELDS, sortBy="id", asc="true")
    for record in (each for page in pages for each in page["list"]):
        seen.add(record["id"])
        expected = forest.expected(record["id"])
        trial.check(list(record["hierarchyRoute"]) == list(expected["hierarchyRoute"]), f"order of {record}")
        trial.check(record == expected, f"{record} is not {expected}")
    trial.check(seen == set(forest.names), f"{len(seen)} records instead of {len(forest.names)}")
    trial.say(f"read back with routes: {watch.rate(len(seen))}")


def median_ms(ask, cases):
    times = []
    for case in cases:
        started = time.perf_counter()
        ask(case)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def measure(trial, client, forest):
    deepest = sorted(forest.names, key=lambda each: -len(forest.way(each)))[:TIMED]
    widest = sorted(forest.names, key=lambda each: -len(forest.children.get(each, [])))[:TIMED]
    cases = {
        "one record of the lowest levels, whole": (lambda each: client.get(f"/Category/{each}"), deepest),
        "200 records": (lambda n: client.get("/Category", select="name", maxSize=200, offset=n * 200), range(TIMED)),
        "200 records with routes": (
            lambda n: client.get("/Category", select="name,hierarchyRoute", maxSize=200, offset=n * 200), range(TIMED)),
        "roots as nodes": (lambda _: client.get("/Category/action/tree", maxSize=200), range(TIMED)),
        "children as nodes": (lambda each: client.get("/Category/action/tree", node=each, maxSize=200), widest),
        "the way to a record as nodes": (lambda each: client.get("/Category/action/tree", selectedId=each), deepest),
    }
    for name, (ask, over) in cases.items():
        trial.say(f"{name}: {median_ms(ask, over):.2f} ms")


def move(trial, client, forest):
    dice = random.Random(11)
    ids = sorted(forest.names)
    refused = 0
    watch = Watch()
    for _ in range(MOVES):
        each, parent = forest.random_move(dice, ids)
        before = forest.parents[each]
        wanted = 400 if not forest.move(each, parent) else 304 if before == parent else 200
        status, body = client.ask("PATCH", f"/Category/{each}", {"parentId": parent})
        refused += wanted == 400
        trial.check(status == wanted, f"{each} below {parent}: {status} instead of {wanted}: {str(body)[:300]}")
        if status == 200:
            route = list(forest.expected(each)["hierarchyRoute"].items())
            trial.check(list(body["hierarchyRoute"].items()) == route, f"route of {each} after its move: {body}")
    trial.check(refused > MOVES // 20, f"only {refused} of {MOVES} moves would have closed a circle")
    trial.say(f"moves ({refused} refused): {watch.rate(MOVES)}")


def delete_and_restore(trial, client, forest):
    root = max(forest.children[None], key=lambda each: len(forest.below(each)))
    below = forest.below(root)
    leaf = max(below, key=lambda each: len(forest.way(each)))
    total = len(forest.names)
    watch = Watch()
    trial.check(client.ask("DELETE", f"/Category/{root}")[0] == 200, "the subtree is not deleted")
    trial.say(f"a subtree deleted: {watch.rate(len(below) + 1)}")
    left = client.get("/Category", totalOnly="true")["total"]
    trial.check(left == total - len(below) - 1, f"{left} left of {total}")
    trial.check(client.ask("POST", "/Category/action/restore", {"id": leaf}) == (200, True), "not restored")
    way = forest.way(leaf)
    shown = client.get(f"/Category/{leaf}")
    trial.check(list(shown["hierarchyRoute"]) == way, f"restored to another place: {shown}")
    back = client.get("/Category", totalOnly="true")["total"]
    trial.check(back == left + len(way) + 1, f"{back - left} came back with {len(way)} above it")
