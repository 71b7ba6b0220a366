"""A client that creates, changes, deletes, restores and upserts its own records, and keeps a ledger of it."""

import random
import threading
import time

from client import LOST, Client
from ledger import Entry

UPSERT_ITEMS = 20
LONG_TEXT = 20000
AGAIN_SECONDS = 0.01  # after a refusal
CATEGORIES = ("trial-cat-0", "trial-cat-1", "trial-cat-2")
BRANDS = ("trial-brand-0", "trial-brand-1")


def make_targets(client):
    """What the records are linked to."""
    items = [("Category", each) for each in CATEGORIES] + [("Brand", each) for each in BRANDS]
    outcomes = client.upsert([{"entity": entity, "payload": {"id": each, "name": each.title(), "code": each}}
                              for entity, each in items])
    assert all(outcome["stored"] for outcome in outcomes), outcomes


def is_open(status, answer):
    """The server says itself that it does not know whether the write is stored."""
    return status in (503, "Failed") and "not known" in str(answer)


class Writer(threading.Thread):
    """Runs until `stopping` is set or the server is gone (`survives`: until `stopping` only). Statuses are counted;
    those beyond `allowed` are faults. Keeps its `entries` over many lives of the server."""

    def __init__(self, number, trial, race, seed, entries=None):
        super().__init__(daemon=True)
        self.number = number
        self.trial = trial
        self.race = race
        self.dice = random.Random(seed * 1000 + number)
        self.entries = {} if entries is None else entries
        self.version = seed * 100000
        self.stopping = threading.Event()
        self.survives = False
        self.allowed = (200,)
        self.server = None
        self.client = None
        self.address = None
        self.acknowledged = 0
        self.lost_races = 0
        self.statuses = {}
        self.slowest = 0.0  # seconds until an answer, or until there was none
        self.losses = []  # how connections ended

    def connect(self, server):
        self.server = server
        self.address = server.address
        self.client = server.client()
        return self

    def move(self, address):
        """The server lives elsewhere now; taken over at the next loss of the connection."""
        self.address = address

    def run(self):
        while not self.stopping.is_set():
            try:
                self.write_something()
            except LOST as error:
                self.losses.append(type(error).__name__)
                if not self.survives:
                    return
                self.client.close()
                self.client = Client(self.address, self.server.token)
                self.stopping.wait(0.05)
            except Exception as error:
                self.trial.fault(f"writer {self.number} ended with {error!r}")
                return

    def write_something(self):
        write = self.dice.choices((self.create, self.update, self.upsert, self.delete, self.restore, self.run_race),
                                  weights=(30, 30, 15, 10, 5, 10))[0]
        write()

    def content(self, sku):
        """New content that differs from any before in every field."""
        self.version += 1
        stamp = f"w{self.number}v{self.version}"
        size = LONG_TEXT if self.dice.random() < 0.01 else self.dice.randrange(400)
        return {"sku": sku, "name": f"Trial {stamp} Größe", "number": stamp,
                "description": (stamp + " ") * (size // len(stamp) + 1), "price": self.version / 4,
                "quantity": self.version, "isActive": self.version % 2 == 0, "brandId": self.dice.choice(BRANDS),
                "categoriesIds": sorted(self.dice.sample(CATEGORIES, self.dice.randrange(len(CATEGORIES) + 1)))}

    def pick(self, wants):
        """A random entry that is as known and that `wants` says yes to; None when none is near."""
        keys = list(self.entries)
        for _ in range(8 if keys else 0):
            entry = self.entries[self.dice.choice(keys)]
            if not entry.maybe and wants(entry):
                return entry
        return None

    def new_entry(self):
        sku = f"w{self.number}-{self.version}-{len(self.entries)}"
        return self.entries.setdefault(sku, Entry(sku))

    # ---- one request; True when it was acknowledged ----

    def send(self, method, path, body=None, headers=None):
        watch = time.monotonic()
        try:
            return self.client.ask(method, path, body, headers)
        finally:
            self.slowest = max(self.slowest, time.monotonic() - watch)

    def count(self, status):
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status not in self.allowed:
            self.trial.fault(f"status {status} for a good write")
        if status == 503:
            self.stopping.wait(AGAIN_SECONDS)

    def ask(self, entry, content, method, path, body=None, headers=None):
        """`content` is what the record is when the write gets through."""
        entry.maybe.append(content)
        status, answer = self.send(method, path, body, headers)
        self.count(status)
        if is_open(status, answer):
            return None
        if status != 200:
            entry.maybe.remove(content)
            entry.refused.append(content)
            return None
        self.acknowledged += 1
        if isinstance(answer, dict):
            content = {**content, "id": answer["id"]}
        entry.settle(content)
        return answer

    def create(self):
        entry = self.pick(lambda each: each.content is None) if self.dice.random() < 0.1 else None
        entry = entry or self.new_entry()
        content = self.content(entry.sku)
        if self.dice.random() < 0.5:
            content["id"] = f"id-{entry.sku}"
        self.ask(entry, content, "POST", "/Product", content)

    def update(self):
        entry = self.pick(lambda each: each.content is not None)
        if entry is None:
            return
        content = {**self.content(entry.sku), "id": entry.content["id"]}
        body = {name: value for name, value in content.items() if name not in ("id", "sku")}
        self.ask(entry, content, self.dice.choice(("PUT", "PATCH")), f"/Product/{content['id']}", body)

    def delete(self):
        entry = self.pick(lambda each: each.content is not None)
        if entry is None:
            return
        is_final = self.dice.random() < 0.3
        content = entry.content
        headers = {"permanently": "true"} if is_final else None
        if self.ask(entry, None, "DELETE", f"/Product/{content['id']}", headers=headers) is not None:
            entry.trash = None if is_final else content

    def restore(self):
        entry = self.pick(lambda each: each.content is None and each.trash is not None)
        if entry is None:
            return
        trash, entry.trash = entry.trash, None
        self.ask(entry, trash, "POST", "/Product/action/restore", {"id": trash["id"]})

    def upsert(self):
        """Some new, some changed; the changed ones are found by sku or by id."""
        entries = {}
        for _ in range(UPSERT_ITEMS):
            entry = self.pick(lambda each: each.content is not None) if self.dice.random() < 0.5 else None
            entry = entry or self.new_entry()
            entries[entry.sku] = entry
            self.version += 1
        contents = [self.upsert_content(entry) for entry in entries.values()]
        for entry, content in zip(entries.values(), contents):
            entry.maybe.append(content)
        status, outcomes = self.send("POST", "/MassActions/action/upsert",
                                     [{"entity": "Product", "payload": content} for content in contents])
        self.count(status)
        if is_open(status, outcomes):
            return
        for i, (entry, content) in enumerate(zip(entries.values(), contents)):
            self.settle_item(entry, content, outcomes[i] if status == 200 else {"stored": False, "status": status})

    def upsert_content(self, entry):
        content = self.content(entry.sku)
        if entry.content is not None and self.dice.random() < 0.5:
            content["id"] = entry.content["id"]
        return content

    def settle_item(self, entry, content, outcome):
        if outcome["stored"]:
            self.acknowledged += 1
            entry.settle({**content, "id": outcome["entity"]["id"]})
            return
        if is_open(outcome["status"], outcome):
            self.count(503)
            return
        entry.maybe.remove(content)
        entry.refused.append(content)
        if outcome["status"] == "Failed":
            self.count(outcome["error"]["status"])

    def run_race(self):
        content = self.race.join(self.content(""))
        status, answer = self.send("POST", "/Product", content)
        if status == 200:
            self.acknowledged += 1
            self.race.won({**content, "id": answer["id"]})
        elif status == 400 and answer["code"] == "notUnique":
            self.lost_races += 1
            self.race.lost(content["sku"])
        else:
            self.race.give_up(content["sku"])
            self.count(status)
