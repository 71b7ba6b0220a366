"""Threads that write records as fast as they are answered, and remember what was acknowledged."""

import collections
import threading
import time

WAIT_SECONDS = 60


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


class Writers:
    def __init__(self, client, count):
        self.client = client
        self.lock = threading.Lock()  # guards what follows
        self.acknowledged = []
        self.statuses = collections.Counter()
        self.is_over = False
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def write(self, writer):
        number = 0
        while not self.is_over:
            number += 1
            record = {"id": f"w{writer}n{number:012d}", "name": f"writer {writer} number {number}"}
            status, _ = self.client.exchange("POST", "/api/v1/Product", record)
            with self.lock:
                self.statuses[status] += 1
                if 200 <= status < 300:
                    self.acknowledged.append(record["id"])

    def failures(self):
        with self.lock:
            return sum(count for status, count in self.statuses.items() if not 200 <= status < 300)

    def await_more(self, count, seconds=WAIT_SECONDS):
        """Until so many more are acknowledged."""
        with self.lock:
            wanted = len(self.acknowledged) + count
        return wait_until(lambda: len(self.acknowledged) >= wanted, seconds)

    def await_failure(self):
        before = self.failures()
        return wait_until(lambda: self.failures() > before, WAIT_SECONDS)

    def unexpected(self):
        """Answers that say neither yes nor later; a dropped connection (0) is no answer."""
        return {status: count for status, count in self.statuses.items()
                if not 200 <= status < 300 and status not in (0, 503)}

    def stored(self):
        ids, offset = set(), 0
        while True:
            page = self.client.get(f"/api/v1/Product?select=id&sortBy=id&asc=true&maxSize=5000&offset={offset}")["list"]
            ids.update(record["id"] for record in page)
            offset += len(page)
            if len(page) < 5000:
                return ids

    def lost(self):
        stored = self.stored()
        return [each for each in self.acknowledged if each not in stored]

    def count_rows(self):
        return len(self.stored())
