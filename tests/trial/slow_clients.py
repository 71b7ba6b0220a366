"""Trial: hundreds of clients that send their headers or bodies slowly, say nothing, or don't read. Good requests stay
fast beside them, and each kind is cut within its limit."""

import multiprocessing
import random
import socket
import threading
import time

from client import LOST
from server import Server
from trial import Watch

CLIENTS = 200  # of each kind
ROWS = 2000
GOOD_THREADS = 4
BASE_SECONDS = 5
LOAD_SECONDS = 50
MEMORY_MIB = 768  # 512 for large answers on their way, and the rest of the server with its page caches
RETRY_SECONDS = 5  # who was refused because of many large answers does not come back sooner
P99_SECONDS = 0.25
LONG_HEAD = b"GET /api/v1/Product HTTP/1.1\r\nHost: slow\r\nX-Slow: "
LONG_BODY = (b"POST /api/v1/Product HTTP/1.1\r\nHost: slow\r\nAuthorization-Token: %s\r\n"
             b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{\"name\": \"")
BIG_READ = b"GET /api/v1/Product?maxSize=2000 HTTP/1.1\r\nHost: slow\r\nAuthorization-Token: %s\r\n\r\n"
# Kind: what it sends at first, whether it goes on a byte a second, seconds until it must be cut: the server's limit
# (10, 10, 10 and 30), until it looks (7 for the last), until this process looks, and some air.
KINDS = {
    "slow headers": (LONG_HEAD, True, 16),
    "slow body": (LONG_BODY, True, 16),
    "silent": (b"", False, 16),
    "not reading": (BIG_READ * 4, False, 48),
}


class SlowClient:
    def __init__(self, kind, address, token):
        first, self.drips, _ = KINDS[kind]
        self.kind = kind
        self.started = time.monotonic()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(address)
        self.socket.setblocking(False)
        self.is_closed = False
        if first:
            self.socket.send(first.replace(b"%s", token))

    def age(self):
        return time.monotonic() - self.started

    def close(self):
        self.socket.close()
        self.is_closed = True

    def drip(self):
        """False when the connection is gone."""
        try:
            self.socket.send(b"x")
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def is_cut(self, established):
        """A client that does not read can't see the end; the server's side of the connection tells."""
        if self.kind == "not reading":
            return self.socket.getsockname()[1] not in established
        try:
            return self.socket.recv(65536, socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


def established_ports(address):
    """The client's ports of the connections that the server has open."""
    with open("/proc/net/tcp", encoding="ascii") as text:
        rows = [line.split()[1:4] for line in list(text)[1:]]
    return {int(remote.split(":")[1], 16) for local, remote, state in rows
            if state == "01" and int(local.split(":")[1], 16) == address[1]}


def be_slow(address, token, seconds, report):
    """In a process of its own. Cut clients are replaced; reports how long each kind lived."""
    lives = {kind: [] for kind in KINDS}
    clients = [SlowClient(kind, address, token) for kind in KINDS for _ in range(CLIENTS)]
    random.shuffle(clients)
    report.send(len(clients))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        established = established_ports(address)
        for i, client in enumerate(clients):
            if not client.is_closed and (client.is_cut(established) or (client.drips and not client.drip())):
                client.close()
                lives[client.kind].append(client.age())
            if client.is_closed and client.age() > RETRY_SECONDS:
                clients[i] = SlowClient(client.kind, address, token)
        time.sleep(1)
    oldest = {kind: max((each.age() for each in clients if each.kind == kind and not each.is_closed), default=0)
              for kind in KINDS}
    report.send((lives, oldest))


class GoodClient(threading.Thread):
    """Lists, reads and writes, and times them."""

    def __init__(self, number, client, seconds):
        super().__init__(daemon=True)
        self.number = number
        self.client = client
        self.seconds = seconds
        self.times = []
        self.errors = []

    def run(self):
        watch, count = Watch(), 0
        while watch.seconds() < self.seconds:
            count += 1
            one = Watch()
            try:
                status, body = self.ask(count)
                if status != 200:
                    self.errors.append(f"{status} {str(body)[:100]}")
            except LOST as error:
                self.errors.append(repr(error))
            self.times.append(one.seconds())
            time.sleep(0.005)

    def ask(self, count):
        if count % 3 == 0:
            return self.client.ask("GET", "/Product?select=id,name,sku&maxSize=20&sortBy=name")
        if count % 3 == 1:
            return self.client.ask("GET", f"/Product/slow-{count % ROWS}")
        return self.client.ask("PATCH", f"/Product/slow-{self.number}", {"quantity": count})


def run(trial):
    with Server(trial.binary, trial.directory("slow") / "data") as server:
        client = server.client()
        for start in range(0, ROWS, 100):
            client.upsert([{"entity": "Product", "payload": {"id": f"slow-{i}", "name": f"Product {i}", "sku": f"s{i}",
                                                             "description": "text " * 60}}
                           for i in range(start, start + 100)])
        measure(trial, server, "alone", BASE_SECONDS)
        beside_slow_ones(trial, server)
        measure(trial, server, "afterwards", BASE_SECONDS)
        code, seconds = server.terminate(10)
        trial.check(code == 0, f"exit code {code} after {seconds:.1f} s")


def beside_slow_ones(trial, server):
    ours, theirs = multiprocessing.Pipe()
    arguments = (server.address, server.token.encode(), LOAD_SECONDS, theirs)
    process = multiprocessing.Process(target=be_slow, args=arguments)
    process.start()
    trial.say(f"{ours.recv()} slow clients are connected")
    measure(trial, server, "beside them", LOAD_SECONDS - 5)
    lives, oldest = ours.recv()
    process.join(10)
    for kind, (_, _, limit) in KINDS.items():
        longest = max(lives[kind] + [oldest[kind]])
        trial.check(longest <= limit, f"{kind}: one lived {longest:.1f} s, the limit is {limit} s")
        trial.say(f"{kind}: {len(lives[kind])} cut, after {min(lives[kind], default=0):.1f} to "
                  f"{max(lives[kind], default=0):.1f} s")
    trial.check(server.peak_mib() <= MEMORY_MIB, f"the server took {server.peak_mib():.0f} MiB")
    trial.say(f"peak memory of the server: {server.peak_mib():.0f} MiB")


def measure(trial, server, when, seconds):
    threads = [GoodClient(i, server.client(), seconds) for i in range(GOOD_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(each for thread in threads for each in thread.times)
    errors = [each for thread in threads for each in thread.errors]
    p99 = times[len(times) * 99 // 100]
    trial.check(not errors, f"{when}: {len(errors)} good requests failed: {errors[:3]}")
    trial.check(p99 <= P99_SECONDS, f"{when}: p99 is {1000 * p99:.0f} ms")
    trial.say(f"good requests {when}: {len(times)}, median {1000 * times[len(times) // 2]:.1f} ms, p99 "
              f"{1000 * p99:.1f} ms, longest {1000 * times[-1]:.0f} ms")
