"""A way to the database server on which a command of the client arrives as another one of the same length: so LISTEN is
refused, or hears of a channel that nobody uses."""

import pathlib
import shutil
import socket
import tempfile
import threading

SOCKET_NAME = ".s.PGSQL.5432"


class DeafProxy:
    def __init__(self, cluster, replaced):
        self.cluster = cluster
        self.replaced = replaced  # bytes -> bytes
        self.heard = set()  # of what is to be replaced, what came
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pimento-proxy-"))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.directory / SOCKET_NAME))
        self.listener.listen()
        self.ends = []
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.shutdown(socket.SHUT_RDWR)
        for end in self.ends:
            end.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, database):
        return self.cluster.url(database, self.directory)

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.cluster.directory / SOCKET_NAME))
            self.ends += [client, server]
            threading.Thread(target=self.carry, args=(client, server, self.change), daemon=True).start()
            threading.Thread(target=self.carry, args=(server, client, lambda part: part), daemon=True).start()

    def change(self, part):
        for old, new in self.replaced.items():
            if old in part:
                self.heard.add(old)
                part = part.replace(old, new)
        return part

    @staticmethod
    def carry(source, target, change):
        try:
            while part := source.recv(65536):
                target.sendall(change(part))
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other way has closed both
