"""The servers of one test."""

import contextlib

import copying
from server_process import ServerError, ServerProcess

ENVIRONMENT = {"PIMENTO_ADMIN_PASSWORD": "admin"}


def check(condition, what):
    if not condition:
        raise AssertionError(what)


class Stage:
    """The servers of one test, closed at its end; a sanitizer's report fails it."""

    def __init__(self, binary, cluster):
        self.binary = binary
        self.cluster = cluster
        self.servers = []
        self.faults = []  # the lines of their logs that tell of an internal error

    def server(self, database=None, starts=True, arguments=(), way=None):
        """`way`: a proxy to the database server."""
        arguments = [*(["--database", (way or self.cluster).url(database)] if database else []), *arguments]
        server = ServerProcess(self.binary, arguments, ENVIRONMENT)
        self.servers.append(server)
        if starts:
            server.start()
        return server

    def copy(self, source, target, code=0):
        return copying.run(self.binary, source, target, code)

    def close(self):
        reports = [server.sanitizer_report() for server in self.servers]
        for server in self.servers:
            with contextlib.suppress(ServerError):
                server.stop()
        reports += [server.sanitizer_report() for server in self.servers]
        for server in self.servers:
            self.faults += [line for line in server.log().splitlines() if '"status":500' in line]
            server.close()
        check(not any(reports), f"sanitizer report: {[report[:2000] for report in reports if report]}")
