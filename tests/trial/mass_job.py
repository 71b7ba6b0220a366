"""Trial: a mass update of the whole catalogue as a job, while others read and write: what they wait meanwhile against what
they wait with nothing else going on; progress is told all the time; a cancel leaves whole records. Where the update
changes a text that is searched, the side index is most of the work, and what others wait is only told."""

import threading
import time

import http_upload
from catalogue import Catalogue, find_folder
from server import Server
from trial import Watch

READERS = 2
IDLE_SECONDS = 8
PAUSE_SECONDS = 0.005
MAX_RATIO = 2.0
SLACK_MS = 2.0  # below it a ratio says nothing


class Users:
    """Threads that read and write one record at a time, and note how long each answer takes."""

    def __init__(self, trial, server, catalogue):
        self.trial = trial
        self.server = server
        self.ids = [product["id"] for product in catalogue.products]
        self.brand = catalogue.brands[0]["id"]
        self.is_over = False
        self.times = {"read": [], "list": [], "write": []}
        self.threads = [threading.Thread(target=self.work, args=(kind,))
                        for kind in ["read", "list"] * (READERS // 2) + ["write"]]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def work(self, kind):
        client = self.server.client(60)
        number = 0
        while not self.is_over:
            number += 1
            started = time.monotonic()
            self.ask(client, kind, number)
            self.times[kind].append((time.monotonic() - started) * 1000)
            time.sleep(PAUSE_SECONDS)
        client.close()

    def ask(self, client, kind, number):
        if kind == "read":
            client.get(f"/Product/{self.ids[number * 7919 % len(self.ids)]}")
        elif kind == "list":
            client.get(f"/Product?select=name,sku&maxSize=20&sortBy=name&offset={number % 50 * 20}")
        else:
            client.ask("PATCH", f"/Brand/{self.brand}", {"description": f"number {number}"})

    def p99(self):
        return {kind: sorted(times)[len(times) * 99 // 100] for kind, times in self.times.items()}


def begin(client, values):
    """Of all products, by a filter that no longer holds for those that are done."""
    key, value = next(iter(values.items()))
    _, answer = client.ask("PUT", "/Product/action/massUpdate", {
        "byWhere": True, "attributes": values,
        "where": [{"type": "or", "value": [{"type": "notEquals", "attribute": key, "value": value},
                                           {"type": "isNull", "attribute": key}]}]})
    return answer["jobId"], answer["count"]


def follow(client, job):
    """Until its end; gives how often its progress was seen to change."""
    seen = set()
    while True:
        record = client.get(f"/Job/{job}?select=status,processed,total,failed")
        seen.add(record["processed"])
        if record["status"] not in ("Pending", "Running"):
            return record, len(seen)
        time.sleep(0.05)


def compare_waits(trial, idle, busy, is_checked):
    for kind, idle_ms in idle.items():
        trial.say(f"p99 of a {kind}: {idle_ms:.1f} ms alone, {busy[kind]:.1f} ms beside the job "
                  f"({busy[kind] / idle_ms:.1f}x)")
        is_short = busy[kind] <= max(idle_ms * MAX_RATIO, idle_ms + SLACK_MS)
        trial.check(is_short or not is_checked, f"{kind}s wait too long")


def update_all(trial, server, catalogue, values, is_checked):
    client = server.client()
    with Users(trial, server, catalogue) as users:
        time.sleep(IDLE_SECONDS)
    idle = users.p99()
    with Users(trial, server, catalogue) as users:
        watch = Watch()
        job, count = begin(client, values)
        end, changes = follow(client, job)
        trial.say(f"mass update of {' and '.join(values)}: {watch.rate(count)}, progress seen {changes} times")
    total = len(catalogue.products)
    trial.check((end["status"], end["processed"], end["total"], end["failed"]) == ("Success", total, total, 0), f"{end}")
    trial.check(changes > 10, "its progress can't be followed")
    compare_waits(trial, idle, users.p99(), is_checked)


def count(client, note, status):
    return client.get("/Product?totalOnly=1"
                      f"&where[0][attribute]=note&where[0][type]=equals&where[0][value]={note}"
                      f"&where[1][attribute]=productStatus&where[1][type]=equals&where[1][value]={status}")["total"]


def cancel_one(trial, catalogue, client):
    job, _ = begin(client, {"note": "some", "productStatus": "draft"})
    while client.get(f"/Job/{job}")["processed"] < 5000:
        time.sleep(0.01)
    client.ask("PATCH", f"/Job/{job}", {"status": "Canceled"})
    processed = client.get(f"/Job/{job}")["processed"]
    whole = count(client, "some", "draft"), count(client, "all%20of%20them", "ready")
    trial.say(f"canceled after {processed} of {len(catalogue.products)} records")
    trial.check(whole == (processed, len(catalogue.products) - processed), f"{whole} are whole")


def run(trial):
    catalogue = Catalogue(find_folder())
    with Server(trial.binary, trial.directory("job") / "data") as server:
        http_upload.upload_all(trial, server, catalogue, "Created")
        update_all(trial, server, catalogue, {"price": 77, "isActive": True}, True)
        update_all(trial, server, catalogue, {"note": "all of them", "productStatus": "ready"}, False)
        cancel_one(trial, catalogue, server.client())
        trial.say(f"peak memory of the server: {server.peak_mib():.0f} MiB")
