"""The two engines under the product and its floor: their data sets, a copy for each side, and what only the database knows."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import time

import data
import floor_plan
import server_process
from server_process import free_port

sys.path.insert(0, str(data.ROOT / "tests" / "support"))
from database_cluster import ClusterError, DatabaseCluster  # noqa: E402

CACHE_KIB = 48 * 1024  # the product's default page-cache-mib
TICKS = os.sysconf("SC_CLK_TCK")
LOADING = {"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "100"}
MEASURED = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "wal_sync_method": "fdatasync",
            "deadlock_timeout": "1s", "autovacuum_naptime": "60s"}


class Embedded:
    """A file; each side has a copy."""

    name = "embedded"
    floor = "floor"
    dialect = floor_plan.EMBEDDED
    shares_commits = True

    def __init__(self, arguments, directory):
        self.arguments = arguments
        self.directory = directory

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        pass

    def file(self, side):
        return self.directory / side / "pimento.db"

    def make_product(self):
        source = data.database_of(self.arguments.data, self.arguments.binary, self.arguments.directory / "data")
        data.copy_database(source, self.directory / "product")

    def make_floor(self):
        data.settle(self.file("product"))
        data.copy_database(self.directory / "product", self.directory / "floor")

    def product_options(self):
        return ["--data", str(self.directory / "product")]

    def floor_options(self):
        return [str(self.file("floor")), str(free_port()), str(CACHE_KIB)]

    def query(self, sql):
        """Rows of the product's database."""
        connection = sqlite3.connect(self.file("product"))
        rows = connection.execute(sql).fetchall()
        connection.close()
        return rows

    def columns(self, table):
        return [row[1] for row in self.query(f"PRAGMA table_info({floor_plan.quoted(table)})")]

    def database_seconds(self, _side):
        """CPU time of the database outside the server's process."""
        return 0.0

    def scan_us(self, terms):
        connection = sqlite3.connect(self.file("product"))
        connection.execute("PRAGMA cache_size = -262144")
        connection.execute("SELECT count(*) FROM product NOT INDEXED").fetchone()
        started = time.process_time()
        for term in terms:
            connection.execute("SELECT count(*) FROM product NOT INDEXED WHERE deleted = 0 AND name LIKE ?",
                               (f"%{term}%",)).fetchone()
        connection.close()
        return (time.process_time() - started) * 1e6 / len(terms)


class DatabaseServer:
    """A cluster of its own, gone at the end; each side has a database in it. Loaded without syncs, measured with them. The
    server's processes have the load generator's core: the product's is its own."""

    name = "server"
    floor = "floor_postgres"
    dialect = floor_plan.SERVER
    shares_commits = False

    def __init__(self, arguments, directory):
        self.arguments = arguments
        self.directory = directory
        try:
            self.cluster = DatabaseCluster(LOADING)
        except ClusterError as error:
            raise SystemExit(f"bench: {error}") from None

    def __enter__(self):
        self.cluster.__enter__()
        if subprocess.run(["stat", "-f", "-c", "%T", self.cluster.directory], capture_output=True, text=True,
                          check=False).stdout.strip() == "tmpfs":
            print("The cluster lies in memory, where a sync costs nothing: set TMPDIR to a folder on a disk.")
        return self

    def __exit__(self, *unused):
        self.cluster.close()

    def start(self):
        self.cluster.start()
        others = sorted(os.sched_getaffinity(0) - {server_process.cores()[0]}) or [server_process.cores()[0]]
        subprocess.run(["taskset", "-a", "-p", "-c", ",".join(map(str, others)), str(self.cluster.process.pid)],
                       stdout=subprocess.DEVNULL, check=True)

    def make_product(self):
        folder = self.directory / "product"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.cluster.run_sql("CREATE DATABASE product")
        rows, word = data.rows_of(self.arguments.data)
        print(f"loading {word} ...", file=sys.stderr, flush=True)
        summary, _ = data.load(self.arguments.binary, folder, rows, ["--database", self.cluster.url("product")])
        self.cluster.run_sql("VACUUM ANALYZE", "product")
        print(f"  {summary}", file=sys.stderr, flush=True)
        self.cluster.stop()
        self.cluster.settings.update(MEASURED)
        self.start()

    def make_floor(self):
        self.cluster.run_sql("CREATE DATABASE floor TEMPLATE product")
        self.cluster.run_sql("CHECKPOINT")
        os.sync()

    def product_options(self):
        return ["--data", str(self.directory / "product"), "--database", self.cluster.url("product")]

    def floor_options(self):
        return [self.cluster.url("floor"), str(free_port())]

    def query(self, sql):
        text = self.cluster.run_sql(f"SELECT coalesce(json_agg(r), '[]') FROM ({sql}) r", "product")
        return [tuple(row.values()) for row in json.loads(text)]

    def columns(self, table):
        return [row[0] for row in self.query("SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND "
                                             f"attrelid = '{table}'::regclass ORDER BY attnum")]

    def backends(self, side):
        """The processes that serve the connections to one side's database."""
        main = self.cluster.process.pid
        for word in pathlib.Path(f"/proc/{main}/task/{main}/children").read_text().split():
            try:
                if f" {side} [local]".encode() in pathlib.Path(f"/proc/{word}/cmdline").read_bytes():
                    yield int(word)
            except OSError:
                pass  # it ended

    def database_seconds(self, side):
        return sum(server_process.cpu_seconds(process) for process in self.backends(side))

    def scan_us(self, terms):
        explained = ("SET max_parallel_workers_per_gather = 0; SET enable_indexscan = off; SET enable_bitmapscan = off; "
                     "SET enable_indexonlyscan = off; EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
                     "SELECT count(*) FROM product WHERE deleted = 0 AND name LIKE '%{}%'")
        times = [json.loads(self.cluster.run_sql(explained.format(term), "product"))[0]["Execution Time"] for term in terms]
        return sum(times) * 1e3 / len(times)


ENGINES = {engine.name: engine for engine in (Embedded, DatabaseServer)}
