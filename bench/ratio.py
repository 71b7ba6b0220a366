"""The section ratio: product and floor in turns on copies of one database, for each engine."""

import base64
import collections
import json
import re
import statistics
import time
import urllib.parse

import data
import floor_plan
import load_generator
from engines import ENGINES
from server_process import Server

HOT_RECORDS = 500  # few enough for every thread's page cache: the less SQLite has to do, the stricter the ratio
WARM_TERMS = 16
COLD_TERMS = 6000  # more than cached totals, so none is found again
TERM_ROWS = range(10, 41)  # how many names a term is found in: one page or two

# by: the figure that the goal is about. Reads keep a core busy, so CPU time; writes wait for the disk, so the rate.
Operation = collections.namedtuple("Operation", "name what script paths connections by goal")
OPERATIONS = (
    Operation("read", "read, 12 columns", "get.lua", "slim", 50, "cpu", 0.70),
    Operation("read-full", "read, all fields, brand and categories", "get.lua", "full", 50, "cpu", 0.65),
    Operation("list", "list 20, sorted, with total", "get.lua", "list", 50, "cpu", 0.65),
    Operation("contains", "list 20, contains, total known", "get.lua", "warm", 50, "cpu", 0.70),
    Operation("contains-new", "list 20, contains, total counted", "get.lua", "cold", 50, "cpu", None),
    Operation("update", "update one field, durable", "update.lua", "full", 50, "rate", 0.45),
    Operation("create", "create one, durable", "create.lua", None, 64, "rate", 0.55),
    Operation("upsert", "upsert of 100 new records", "upsert.lua", None, 4, "rate", 0.50),
)
NAMES = [operation.name for operation in OPERATIONS]
WRITES = ("update", "create", "upsert")
ROWS_A_SYNC = 15
SCAN_FACTOR = 10


# ---- what is asked for ----


def list_path(**parameters):
    return "/api/v1/Product?" + urllib.parse.urlencode({"select": floor_plan.PAGE, "sortBy": "name", "asc": "true", "maxSize": 20,
                                                        "offset": 0, **parameters}, safe=",[]")


def contains_path(term):
    return list_path(**{"where[0][type]": "contains", "where[0][attribute]": "name", "where[0][value]": term})


def sample_ids(query, count):
    """`query`: gives the rows of a statement."""
    total = list(query("SELECT max(row_id) FROM product"))[0][0]
    step = max(1, total // count)
    ids = [row[0] for row in query(f"SELECT id FROM product WHERE row_id % {step} = 0 AND deleted = 0 LIMIT {count}")]
    ids.sort(key=data.stamp)  # not in the order of the table
    return ids


def find_terms(query):
    """Words that TERM_ROWS names have, in no order."""
    counts = collections.Counter()
    for (name,) in query("SELECT name FROM product WHERE deleted = 0"):
        counts.update(set(re.findall(r"[a-z0-9]{4,}", name.lower())))
    terms = sorted((term for term, count in counts.items() if count in TERM_ROWS), key=data.stamp)
    if len(terms) < WARM_TERMS:  # a small database
        terms = sorted((term for term, count in counts.items()), key=data.stamp)
    return terms[:COLD_TERMS]


def write_paths(query, directory):
    ids = sample_ids(query, HOT_RECORDS)
    terms = find_terms(query)
    paths = {
        "full": [f"/api/v1/Product/{identifier}?select={floor_plan.FULL}" for identifier in ids],
        "slim": [f"/api/v1/Product/{identifier}?select={floor_plan.SLIM}" for identifier in ids],
        "list": [list_path()],
        "warm": [contains_path(term) for term in terms[:WARM_TERMS]],
        "cold": [contains_path(term) for term in terms],
    }
    for name, lines in paths.items():
        (directory / f"paths-{name}").write_text("\n".join(lines) + "\n")
    return paths, terms


# ---- the two servers ----


def product_server(arguments, options, log=None):
    """`options`: where its data is."""
    return Server("product", [arguments.binary, "serve", *options, "--listen", "127.0.0.1:0"],
                  {"PIMENTO_ADMIN_PASSWORD": data.PASSWORD}, log)


def log_in(server):
    basic = base64.b64encode(f"admin:{data.PASSWORD}".encode()).decode()
    status, answer = server.ask("GET", "/api/v1/App/user", headers={"Authorization": f"Basic {basic}",
                                                                   "Authorization-Token-Only": "true"})
    if status != 200:
        raise SystemExit(f"the login was refused: {status} {answer}")
    server.token = answer["authorizationToken"]
    return server


def make_plan(server, paths, engine):
    seed = time.time_ns()
    status, sample = server.ask("POST", "/api/v1/Product", {"name": "Bench sample", "sku": f"bench-{seed}", "price": 12.5})
    if status != 200:
        raise SystemExit(f"a product could not be created: {status} {sample}")
    answers = {"full": server.get(paths["full"][0]), "slim": server.get(paths["slim"][0]),
               "page": server.get(paths["list"][0])["list"][0]}
    text = floor_plan.plan_text(engine, server.get("/api/v1/Metadata"), answers, sample)
    (engine.directory / "floor.plan").write_text(text)


def check_same_answers(product, floor, paths):
    """The ratio means nothing when the floor does something else."""
    for name in ("full", "slim", "list", "warm"):
        for path in paths[name][:20]:
            difference = floor_plan.describe_difference(product.get(path), floor.get(path))
            if difference:
                raise SystemExit(f"product and floor answer differently to {path}:\n{difference}")


class Pair:
    """Both servers on their own copies of the database."""

    def __init__(self, arguments, engine):
        self.arguments = arguments
        self.engine = engine
        self.directory = engine.directory
        engine.make_product()
        self.paths, self.terms = write_paths(engine.query, self.directory)
        with product_server(arguments, engine.product_options()) as server:
            make_plan(log_in(server), self.paths, engine)
        engine.make_floor()

    def start(self, with_log):
        """Log lines go to a file only where they are wanted: one a request at full speed would fill the disk."""
        self.log = self.directory / "product.log" if with_log else None
        self.product = log_in(product_server(self.arguments, self.engine.product_options(), self.log).start())
        command = [self.arguments.floors[self.engine.name], str(self.directory / "floor.plan"), *self.engine.floor_options()]
        self.floor = Server("floor", command, log=self.directory / "floor.log").start()

    def stop(self):
        """Rows a sync of both; None where each transaction has a commit of its own."""
        self.product.stop()
        floor_words = self.floor.stop()
        if not self.engine.shares_commits:
            return None
        product_words = self.log.read_text(errors="replace") if self.log else ""
        return {"product": rows_a_sync(product_words), "floor": rows_a_sync(floor_words)}


def rows_a_sync(text):
    for line in reversed(text.splitlines()):
        if '"lane"' not in line:
            continue
        event = json.loads(line)
        return event["jobs"] / max(1, event["commits"])
    return None


# ---- measuring ----


def variables_of(operation, pair):
    paths = pair.directory / f"paths-{operation.paths}" if operation.paths else ""
    return {"BENCH_PATHS": paths, "BENCH_SEED": time.time_ns() // 1000, "BENCH_ITEMS": 100}


def measure(operation, pair):
    arguments = pair.arguments
    results = {"product": [], "floor": []}
    for _ in range(arguments.rounds):
        for server in (pair.product, pair.floor):
            before = pair.engine.database_seconds(server.name)
            result = load_generator.run(server, operation.script, operation.connections, arguments.seconds,
                                        variables_of(operation, pair))
            result.database_us = (pair.engine.database_seconds(server.name) - before) * 1e6 / result.requests
            if result.wrong or result.socket_errors:
                print(f"  {operation.name}: {server.name} gave {result.wrong} wrong answers, {result.socket_errors} socket errors")
            results[server.name].append(result)
    return results


def median(results, name):
    return statistics.median(getattr(result, name) for result in results)


def summary(operation, results, syncs):
    """`syncs`: rows a sync of both; None where a commit is never shared."""
    product, floor = results["product"], results["floor"]
    row = {"operation": operation.name, "what": operation.what, "connections": operation.connections, "by": operation.by,
           "goal": operation.goal,
           "productRate": median(product, "per_second"), "floorRate": median(floor, "per_second"),
           "productCpuUs": median(product, "cpu_us"), "floorCpuUs": median(floor, "cpu_us"),
           "productBusy": median(product, "busy"), "floorBusy": median(floor, "busy"),
           "productDatabaseUs": median(product, "database_us"), "floorDatabaseUs": median(floor, "database_us"),
           "productP99Ms": median(product, "p99_ms"), "floorP99Ms": median(floor, "p99_ms"),
           "wrong": sum(result.wrong + result.socket_errors for result in product + floor)}
    row["rateRatio"] = row["productRate"] / row["floorRate"]
    row["cpuRatio"] = row["floorCpuUs"] / row["productCpuUs"]
    row["isMet"] = operation.goal is None or row["rateRatio" if operation.by == "rate" else "cpuRatio"] >= operation.goal
    if operation.name in ("update", "create") and syncs:
        row["productRowsASync"], row["floorRowsASync"] = syncs["product"], syncs["floor"]
    return row


HEAD = f"{'operation':40}{'product':>9}{'floor':>9}{'ratio':>7}{'CPU us':>9}{'floor':>8}{'ratio':>7}{'busy':>11}"
DATABASE_HEAD = f"{'DB us':>9}{'floor':>8}{'ratio':>7}"


def line(row):
    counts = "CPU" if row["by"] == "cpu" else "rate"
    goal = "" if row["goal"] is None else f"{counts} >= {row['goal']:.2f} {'met' if row['isMet'] else 'MISSED'}"
    return (f"{row['what']:40}{row['productRate']:9.0f}{row['floorRate']:9.0f}{row['rateRatio']:7.2f}{row['productCpuUs']:9.1f}"
            f"{row['floorCpuUs']:8.1f}{row['cpuRatio']:7.2f}{row['productBusy']:6.0%}{row['floorBusy']:5.0%}"
            f"{database_words(row)}  {goal}")


def database_words(row):
    """What the database's own processes took a request; the embedded one has none."""
    product, floor = row["productDatabaseUs"], row["floorDatabaseUs"]
    return f"{product:9.1f}{floor:8.1f}{floor / product:7.2f}" if product > 0 else ""


def measure_all(pair, operations):
    rows = []
    reads = [operation for operation in operations if operation.name not in WRITES]
    groups = ([reads] if reads else []) + [[operation] for operation in operations if operation.name in WRITES]
    for group in groups:
        pair.start(with_log=group[0].name in WRITES)
        if group is reads:
            check_same_answers(pair.product, pair.floor, pair.paths)
        measured = [(operation, measure(operation, pair)) for operation in group]
        syncs = pair.stop()
        for operation, results in measured:
            rows.append(summary(operation, results, syncs))
            print(line(rows[-1]), flush=True)
    return rows


def tell_more(rows, pair):
    by_name = {row["operation"]: row for row in rows}
    more = {}
    if "contains-new" in by_name:
        row = by_name["contains-new"]
        more["scanUs"] = pair.engine.scan_us(pair.terms[:10])
        more["scanFactor"] = more["scanUs"] / (row["productCpuUs"] + row["productDatabaseUs"])
        met = "met" if more["scanFactor"] >= SCAN_FACTOR else "MISSED"
        print(f"contains with its total counted: {more['scanFactor']:.0f} times as fast as a scan ({more['scanUs']:.0f} us); "
              f"goal >= {SCAN_FACTOR} {met}")
    for name in ("update", "create"):
        if by_name.get(name, {}).get("productRowsASync"):
            row = by_name[name]
            met = "met" if row["productRowsASync"] >= ROWS_A_SYNC else "MISSED"
            print(f"{name}: {row['productRowsASync']:.1f} rows a sync, floor {row['floorRowsASync']:.1f}; "
                  f"goal >= {ROWS_A_SYNC} {met}")
    return more


def run(arguments):
    wanted = arguments.operations.split(",") if arguments.operations else NAMES
    unknown = set(wanted) - set(NAMES)
    if unknown:
        raise SystemExit(f"there is no operation {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    chosen = [operation for operation in OPERATIONS if operation.name in wanted]
    return {name: run_engine(arguments, ENGINES[name], chosen) for name in arguments.engines}


def run_engine(arguments, make_engine, operations):
    with make_engine(arguments, arguments.directory / "run" / make_engine.name) as engine:
        pair = Pair(arguments, engine)
        print(f"\nProduct against floor, {engine.name} engine, data set {arguments.data}, medians of {arguments.rounds} x "
              f"{arguments.seconds:g} s (per second; CPU of the server a request)\n{HEAD}"
              f"{'' if engine.shares_commits else DATABASE_HEAD}  goal")
        rows = measure_all(pair, operations)
        return {"data": arguments.data, "rows": rows, **tell_more(rows, pair)}
