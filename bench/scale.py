"""The sections about size: growth of the data, connections, latency beside heavy work, memory, start."""

import http.client
import resource
import shutil
import socket
import sqlite3
import statistics
import threading
import time

import data
import floor_plan
import load_generator
import ratio
from server_process import Server, seconds_to_first_answer

SMALL = 1000
SPREAD_RECORDS = 20000  # over the whole table
IDLE_CONNECTIONS = 10000
PACE_SECONDS = 0.005
UPSERT_ITEMS = 100
UPSERT_CLIENTS = 4
CATALOGUE_PRODUCTS = 47551


def verdict(is_met):
    return "met" if is_met else "MISSED"


def started_copy(arguments, name, folder="scale"):
    source = data.database_of(name, arguments.binary, arguments.directory / "data")
    copy = data.copy_database(source, arguments.directory / folder / "product")
    return ratio.log_in(ratio.product_server(arguments, ["--data", str(copy)]).start()), copy


def write_list(arguments, name, paths):
    file = arguments.directory / f"paths-{name}"
    file.write_text("\n".join(paths) + "\n")
    return file


def get(arguments, server, paths, connections=50, seconds=None):
    result = load_generator.run(server, "get.lua", connections, seconds or arguments.seconds, {"BENCH_PATHS": paths})
    if result.wrong or result.socket_errors:
        print(f"  {result.wrong} wrong answers, {result.socket_errors} socket errors")
    return result


# ---- growth ----


def growth_paths(database):
    connection = sqlite3.connect(database)
    ids = ratio.sample_ids(connection.execute, SPREAD_RECORDS)
    names = [row[0] for row in connection.execute("SELECT name FROM product WHERE row_id % 7 = 0 LIMIT 500")]
    connection.close()
    return {
        "read, 12 columns": ([f"/api/v1/Product/{i}?select={floor_plan.SLIM}" for i in ids], 2.0),
        "read, all fields": ([f"/api/v1/Product/{i}" for i in ids], 2.0),
        "list 20, sorted, with total": ([ratio.list_path()], 2.0),
        "list 20, page 50": ([ratio.list_path(offset=980)], 2.0),
        "unfiltered total": (["/api/v1/Product?totalOnly=true"], 1.25),
        "list 20, contains one row's own word": ([ratio.contains_path(name.rsplit(" ", 1)[1]) for name in names], None),
    }


def measure_size(arguments, rows):
    server, copy = started_copy(arguments, str(rows))
    figures = {}
    for what, (paths, goal) in growth_paths(copy / "pimento.db").items():
        file = write_list(arguments, "growth", paths)
        get(arguments, server, file, seconds=1)  # page caches filled
        figures[what] = (get(arguments, server, file).cpu_us, goal)
    server.stop()
    return figures


def run_growth(arguments):
    small, large = measure_size(arguments, SMALL), measure_size(arguments, arguments.large)
    print(f"\nGrowth, CPU us a request\n{'operation':40}{SMALL:>10} rows{arguments.large:>10} rows{'ratio':>8}  goal")
    rows = []
    for what, (cpu_us, goal) in small.items():
        factor = large[what][0] / cpu_us
        is_met = goal is None or factor <= goal
        word = "" if goal is None else f"<= {goal:g} {verdict(is_met)}"
        print(f"{what:40}{cpu_us:15.1f}{large[what][0]:15.1f}{factor:8.2f}  {word}")
        rows.append({"what": what, "smallCpuUs": cpu_us, "largeCpuUs": large[what][0], "factor": factor, "goal": goal,
                     "isMet": is_met})
    return {"smallRows": SMALL, "largeRows": arguments.large, "rows": rows}


# ---- connections ----


def open_idle(server, count):
    """Keep-alive connections that have been used once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(count, hard - 200)
    request = b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n"
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(request)
        connection.recv(4096)
        connections.append(connection)
    return connections


def run_connections(arguments):
    server, copy = started_copy(arguments, arguments.data)
    connection = sqlite3.connect(copy / "pimento.db")
    file = write_list(arguments, "connections", [f"/api/v1/Product/{i}?select={floor_plan.SLIM}"
                                                 for i in ratio.sample_ids(connection.execute, SPREAD_RECORDS)])
    connection.close()
    get(arguments, server, file, seconds=1)
    print(f"\nConnections, point reads\n{'connections':40}{'per second':>12}{'CPU us':>9}{'p99 ms':>9}{'RSS MiB':>9}")
    results = {}
    for count in (1, 50, 1000):
        results[count] = tell_connections(server, str(count), get(arguments, server, file, count))
    before_kib = server.memory_kib()
    idle = open_idle(server, IDLE_CONNECTIONS)
    each_kib = (server.memory_kib() - before_kib) / len(idle)
    results["idle"] = tell_connections(server, f"50 beside {len(idle)} idle ones", get(arguments, server, file, 50))
    for each in idle:
        each.close()
    server.stop()
    return conclude_connections(results, each_kib, len(idle))


def tell_connections(server, name, result):
    row = {"rate": result.per_second, "cpuUs": result.cpu_us, "p99Ms": result.p99_ms, "rssKib": server.memory_kib(),
           "errors": result.socket_errors + result.wrong}
    print(f"{name:40}{row['rate']:12.0f}{row['cpuUs']:9.1f}{row['p99Ms']:9.2f}{row['rssKib'] / 1024:9.1f}")
    return row


def conclude_connections(results, each_kib, idle_count):
    """By the worse of rate and CPU time: the load generator has to serve the connections, too."""
    def compare(name):
        return results[50]["cpuUs"] / results[name]["cpuUs"]
    many, idle = compare(1000), compare("idle")
    print(f"1000 connections against 50, by CPU: {many:.2f}; goal >= 0.9 {verdict(many >= 0.9)}")
    print(f"{idle_count} idle ones beside 50, by CPU: {idle:.2f}; goal >= 0.9 {verdict(idle >= 0.9)}; "
          f"{each_kib:.1f} KiB each, goal <= 16 {verdict(each_kib <= 16)}")
    return {"rows": {str(name): row for name, row in results.items()}, "manyFactor": many, "idleFactor": idle,
            "idleConnections": idle_count, "idleKibEach": each_kib}


# ---- latency ----


class PacedReader(threading.Thread):
    """200 point reads a second on one connection; keeps how long each took."""

    def __init__(self, server, paths):
        super().__init__(daemon=True)
        self.server = server
        self.paths = paths
        self.taken_ms = []
        self.is_over = threading.Event()

    def run(self):
        connection = self.server.connect()
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not self.is_over.is_set():
            started = time.perf_counter()
            connection.request("GET", self.paths[len(self.taken_ms) % len(self.paths)],
                               headers={"Authorization-Token": self.server.token})
            connection.getresponse().read()
            taken = time.perf_counter() - started
            self.taken_ms.append(taken * 1e3)
            self.is_over.wait(max(0, PACE_SECONDS - taken))

    def percentile(self, fraction):
        return sorted(self.taken_ms)[int(len(self.taken_ms) * fraction)]


def read_beside(arguments, server, paths, script, variables):
    reader = PacedReader(server, paths)
    work = load_generator.start(server, script, 2, max(arguments.seconds, 4), variables) if script else None
    reader.start()
    if work:
        work.communicate()
    else:
        time.sleep(arguments.seconds)
    reader.is_over.set()
    reader.join()
    return {"p50Ms": reader.percentile(0.5), "p99Ms": reader.percentile(0.99), "maxMs": max(reader.taken_ms)}


def run_latency(arguments):
    server, copy = started_copy(arguments, arguments.data)
    connection = sqlite3.connect(copy / "pimento.db")
    paths = [f"/api/v1/Product/{i}" for i in ratio.sample_ids(connection.execute, 2000)]
    connection.close()
    scan = write_list(arguments, "scan", [ratio.contains_path(two) for two in ("zq", "qx", "xz", "jq")])
    seed = time.time_ns() // 1000
    cases = (("nothing", None, {}),
             ("a bulk upsert", "upsert.lua", {"BENCH_SEED": seed, "BENCH_ITEMS": 1000}),
             ("scans", "get.lua", {"BENCH_PATHS": scan}))
    print(f"\nPoint reads, 200 a second, ms\n{'beside':40}{'p50':>8}{'p99':>8}{'max':>8}  goal")
    results = {}
    for name, script, variables in cases:
        row = read_beside(arguments, server, paths, script, variables)
        print(f"{name:40}{row['p50Ms']:8.2f}{row['p99Ms']:8.2f}{row['maxMs']:8.2f}  p99 <= 10 {verdict(row['p99Ms'] <= 10)}")
        results[name] = row
    server.stop()
    return results


# ---- memory and loading ----


def fresh_folder(arguments, name):
    folder = arguments.directory / "memory" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def idle_demo(arguments):
    command = [arguments.binary, "serve", "--data", str(fresh_folder(arguments, "demo")), "--listen", "127.0.0.1:0", "--demo"]
    server = Server("product", command)
    seconds_to_first_answer(server)
    time.sleep(1)
    memory_kib = server.memory_kib()
    server.stop()
    print(f"idle with the demo: {memory_kib / 1024:.1f} MiB; goal <= 30 {verdict(memory_kib <= 30 * 1024)}")
    return memory_kib


def loading_rows(arguments):
    """The whole catalogue once, or as many generated rows; fewer in a smoke run."""
    folder = data.find_catalogue()
    if arguments.data != "catalogue":
        return list(data.generated_rows(int(arguments.data)))
    if folder is None:
        return list(data.generated_rows(CATALOGUE_PRODUCTS))
    return list(data.catalogue_rows(folder, keys=1))


def send_batches(server, bodies, failures):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    while True:
        try:
            body = bodies.pop()
        except IndexError:
            return
        connection.request("POST", "/api/v1/MassActions/action/upsert", body,
                           {"Authorization-Token": server.token, "Content-Type": "application/json"})
        answer = connection.getresponse().read()
        failures.append(answer.count(b'"stored":false') + (0 if answer.startswith(b"[") else UPSERT_ITEMS))


def batches(rows):
    """Bodies of upsert calls, the first one last: they are taken from the end."""
    bodies = [f"[{','.join(rows[i:i + UPSERT_ITEMS])}]".encode() for i in range(0, len(rows), UPSERT_ITEMS)]
    return bodies[::-1]


def load_over_http(arguments, rows):
    """What products are linked to first, one batch after the other; then the products, by several clients."""
    server = ratio.log_in(ratio.product_server(arguments, ["--data", str(fresh_folder(arguments, "http"))]).start())
    first = [row for row in rows if not row.startswith('{"entity": "Product"')]
    products = rows[len(first):]
    failures = []
    started = time.monotonic()
    for bodies, clients in ((batches(first), 1), (batches(products), UPSERT_CLIENTS)):
        threads = [threading.Thread(target=send_batches, args=(server, bodies, failures)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    seconds = time.monotonic() - started
    row = {"rows": len(rows), "failed": sum(failures), "rate": len(rows) / seconds, "peakKib": server.memory_kib("VmHWM"),
           "afterKib": server.memory_kib(), "cpuUsARow": server.cpu_seconds() * 1e6 / len(rows)}
    server.stop()
    return row


def run_memory(arguments):
    print("\nMemory and loading")
    rows = loading_rows(arguments)
    results = {"idleDemoKib": idle_demo(arguments), "http": load_over_http(arguments, rows)}
    http_row = results["http"]
    print(f"{http_row['rows']} rows by HTTP upsert, {UPSERT_ITEMS} a call, {UPSERT_CLIENTS} clients: {http_row['rate']:.0f} rows/s, "
          f"{http_row['cpuUsARow']:.0f} us CPU a row, {http_row['failed']} failed, peak {http_row['peakKib'] / 1024:.0f} MiB; "
          f"goal <= 200 {verdict(http_row['peakKib'] <= 200 * 1024)}")
    started = time.monotonic()
    words, peak_kib = data.load(arguments.binary, fresh_folder(arguments, "load"), rows)
    results["load"] = {"summary": words, "peakKib": peak_kib, "rate": len(rows) / (time.monotonic() - started)}
    print(f"pimento load: {words}, peak {peak_kib / 1024:.0f} MiB; goal <= 200 {verdict(peak_kib <= 200 * 1024)}")
    return results


# ---- start ----


def run_start(arguments):
    source = data.database_of(str(arguments.large), arguments.binary, arguments.directory / "data")
    copy = data.copy_database(source, arguments.directory / "scale" / "product")
    taken = []
    for _ in range(5):
        server = ratio.product_server(arguments, ["--data", str(copy)])
        taken.append(seconds_to_first_answer(server) * 1e3)
        server.stop()
    milliseconds = statistics.median(taken)
    print(f"\nStart to first answer, database of {data.file_mib(copy)} MiB: {milliseconds:.0f} ms; "
          f"goal <= 100 {verdict(milliseconds <= 100)}")
    shutil.rmtree(arguments.directory / "scale")
    return {"databaseMib": data.file_mib(source), "milliseconds": milliseconds, "all": taken}
