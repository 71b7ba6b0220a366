#!/usr/bin/env python3
"""A throw-away database server for tests and benchmarks: made in a temporary directory, run by an unprivileged user,
reached by a socket in that directory only, gone at the end.

usage: database_cluster.py COMMAND [ARGUMENT...]

Runs the command with PIMENTO_TEST_DATABASE set to the URL of an empty database, and ends with its exit code. Needs
Debian's package postgresql; no cluster of the machine is touched.
"""

import contextlib
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

START_SECONDS = 60
STOP_SECONDS = 20
USER = "pimento"
# Nothing here has to outlive a power cut.
SETTINGS = {"fsync": "off", "full_page_writes": "off", "deadlock_timeout": "50ms", "listen_addresses": "",
            "max_connections": "200", "shared_buffers": "64MB", "autovacuum_naptime": "10s", "log_min_messages": "log"}


class ClusterError(Exception):
    """The server is not installed or does not start."""


def find_programs():
    """The folder of the newest server's programs."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    if program is None:
        raise ClusterError("no database server is installed: script/bootstrap")
    return pathlib.Path(program).resolve().parent


def unprivileged():
    """The prefix of a command that must not run as root: the server refuses to."""
    if os.getuid() != 0:
        return [], None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"], entry
    raise ClusterError("no user to run the database server as")


class DatabaseCluster:
    def __init__(self, settings=None):
        self.programs = find_programs()
        self.settings = {**SETTINGS, **(settings or {})}
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pimento-pg-"))
        self.prefix, self.owner = unprivileged()
        self.log_path = self.directory / "server.log"
        self.process = None
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()  # guards numbers

    def __enter__(self):
        try:
            self.make()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *unused):
        self.close()

    def take_directory(self):
        if self.owner:
            os.chown(self.directory, self.owner.pw_uid, self.owner.pw_gid)
        self.directory.chmod(0o711)

    def make(self):
        self.take_directory()
        command = [self.programs / "initdb", "-D", self.directory / "data", "-U", USER, "-A", "trust", "-E", "UTF8",
                   "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        done = subprocess.run([*self.prefix, *command], capture_output=True, text=True, cwd="/", check=False)
        if done.returncode != 0:
            raise ClusterError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def start(self):
        dies_with_us = [] if not shutil.which("setpriv") else [*(self.prefix or ["setpriv"]), "--pdeathsig=SIGINT"]
        command = [self.programs / "postgres", "-D", self.directory / "data", "-k", self.directory]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*dies_with_us, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd="/")
        end = time.monotonic() + START_SECONDS
        while self.tool("pg_isready", "-q").returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise ClusterError(f"the database server does not start:\n{self.log_path.read_text(errors='replace')}")
            time.sleep(0.05)

    def tool(self, name, *arguments):
        return subprocess.run([self.programs / name, "-h", self.directory, "-U", USER, *arguments], capture_output=True,
                              text=True, check=False)

    def run_sql(self, sql, database="postgres"):
        done = self.tool("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql)
        if done.returncode != 0:
            raise ClusterError(f"{sql}: {done.stderr}")
        return done.stdout.strip()

    def url(self, database, directory=None):
        """`directory`: of another socket that leads to this server."""
        query = urllib.parse.urlencode({"host": str(directory or self.directory), "user": USER})
        return f"postgresql:///{database}?{query}"

    def new_database(self):
        """An empty database of its own; gives its name."""
        with self.lock:
            name = f"test_{next(self.numbers)}"
        self.run_sql(f"CREATE DATABASE {name}")
        return name

    def drop_database(self, name):
        self.run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self, how=signal.SIGINT):
        """SIGINT: fast; SIGQUIT: at once, as in a crash."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class ReplicaCluster(DatabaseCluster):
    """A streaming replica of another throw-away cluster, read only, in a directory of its own."""

    def __init__(self, primary, settings=None):
        super().__init__({**primary.settings, **(settings or {})})
        self.primary = primary

    def make(self):
        self.take_directory()
        command = [self.programs / "pg_basebackup", "-D", self.directory / "data", "-h", self.primary.directory, "-U", USER,
                   "-R", "-X", "stream", "-c", "fast", "--no-sync"]
        done = subprocess.run([*self.prefix, *command], capture_output=True, text=True, cwd="/", check=False)
        if done.returncode != 0:
            raise ClusterError(f"pg_basebackup failed:\n{done.stdout}{done.stderr}")

    def processes(self):
        """The server's process and its children."""
        found = [self.process.pid]
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(path.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended
            if parent == self.process.pid:
                found.append(int(path.parent.name))
        return found

    def signal_all(self, number):
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(process, number)

    def freeze(self):
        """As a host that is gone: connections stay open, and nothing answers."""
        self.process.send_signal(signal.SIGSTOP)  # first, so that it starts no more
        self.signal_all(signal.SIGSTOP)

    def thaw(self):
        self.signal_all(signal.SIGCONT)

    def pause_replay(self):
        self.run_sql("SELECT pg_wal_replay_pause()")
        while self.run_sql("SELECT pg_get_wal_replay_pause_state()") != "paused":
            time.sleep(0.01)

    def resume_replay(self):
        self.run_sql("SELECT pg_wal_replay_resume()")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        with DatabaseCluster() as cluster:
            database = cluster.new_database()
            # In the schema that all of them see: tests make schemas of their own and drop them.
            cluster.run_sql("CREATE EXTENSION pg_trgm", database)
            environment = {**os.environ, "PIMENTO_TEST_DATABASE": cluster.url(database)}
            code = subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    except ClusterError as error:
        print(f"database_cluster: {error}", file=sys.stderr)
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
