"""What is below a trial's server: the embedded engine, or a database server of the trial's own."""

import sys

import database
import server_database
from trial import ROOT, Skip

sys.path.append(str(ROOT / "tests" / "support"))
from database_cluster import ClusterError, DatabaseCluster, find_programs

# As somebody would run it, unlike the throw-away one of the unit tests.
DURABLE = {"fsync": "on", "full_page_writes": "on"}


def need_server():
    try:
        find_programs()
    except ClusterError as error:
        raise Skip(str(error)) from None


class Embedded:
    """A file in the data directory."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def new(self):
        """Makes an empty database; gives what `pimento serve` must be told."""
        return ()

    def check(self, trial, data):
        database.check(trial, data)


class OnServer:
    """`cluster` is the database server, `name` the last database that was made there."""

    def __init__(self, settings=None):
        need_server()
        self.cluster = DatabaseCluster({**DURABLE, **(settings or {})})
        self.name = None

    def __enter__(self):
        self.cluster.__enter__()
        return self

    def __exit__(self, *error):
        self.cluster.close()

    def new(self):
        if self.name is not None:
            self.cluster.drop_database(self.name)
        self.name = self.cluster.new_database()
        return ("--database", self.cluster.url(self.name))

    def check(self, trial, _):
        server_database.check(trial, self.cluster, self.name)
