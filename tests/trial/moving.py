"""Trial: the whole catalogue by `pimento copy` to a database server and back, checked there, the same everywhere."""

import os
import re
import subprocess
import sys

import catalogue_check
import command_load
from catalogue import Catalogue, find_folder
from server import PASSWORD, Server
from trial import ROOT, Skip, Watch

sys.path.append(str(ROOT / "tests" / "support"))
from database_cluster import ClusterError, DatabaseCluster

SUMMARY = re.compile(r"^(\d+) rows of \d+ entities copied and found equal in ([\d.]+) s$", re.MULTILINE)
MOST_MIB = 400  # of memory, however much is moved


def run(trial):
    catalogue = Catalogue(find_folder())
    try:
        with DatabaseCluster() as cluster:
            move(trial, catalogue, cluster)
    except ClusterError as error:
        raise Skip(str(error)) from error


def move(trial, catalogue, cluster):
    directory = trial.directory("move")
    path, _, _ = command_load.write_file(directory / "catalogue.ndjson", catalogue)
    command_load.load(trial, directory, path, "first")
    url = cluster.url(cluster.new_database())
    before = look(trial, directory / "first")
    copy(trial, directory, directory / "first", url)
    check_same(trial, before, look(trial, directory / "files", "--database", url, catalogue=catalogue))
    copy(trial, directory, url, directory / "back")
    check_same(trial, before, look(trial, directory / "back"))


def copy(trial, directory, source, target):
    watch = Watch()
    command = [str(trial.binary), "copy", "--from", str(source), "--to", str(target)]
    with open(directory / "copy.out", "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                   env={**os.environ, "PIMENTO_ADMIN_PASSWORD": PASSWORD})
        peak = command_load.watch_memory(process)
    said = (directory / "copy.out").read_text(encoding="utf-8", errors="replace")
    match = SUMMARY.search(said)
    if not trial.check(process.returncode == 0 and match, f"exit code {process.returncode}: {said[-1000:]}"):
        return
    trial.check(peak < MOST_MIB, f"{peak:.0f} MiB of memory")
    trial.say(f"{'to' if str(target).startswith('post') else 'from'} the database server: {watch.rate(int(match[1]))}, "
              f"peak memory {peak:.0f} MiB")


def look(trial, data, *arguments, catalogue=None):
    """The digest of what a server says there; with a catalogue all of it is checked too."""
    with Server(trial.binary, data, arguments) as server:
        client = server.client(timeout=120)
        if catalogue:
            catalogue_check.CatalogueCheck(trial, client, catalogue).run()
        return catalogue_check.digest(client)


def check_same(trial, before, after):
    trial.check(before == after, "the answers differ from those before")
