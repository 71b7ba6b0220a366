"""Trial: 22 languages added to a catalogue at work, and the names of a nomenclature in all 23 of them."""

import gzip
import json
import threading
import time

import command_load
from catalogue import Catalogue, find_folder
from client import LOST
from engine import Embedded, OnServer
from server import Server
from trial import Skip, Watch

SOURCE = "cpv/cpv-2008-23-languages.jsonl.gz"
MAIN = "en_US"
WRITERS = 4
BATCH = 200
PAGE = 1000
LONGEST_WRITE_S = 1.0  # beside a change: far above a usual write, far below a stop


def key_of(language):
    """The key of a name in it."""
    return "name" if language == MAIN else "name" + "".join(part.capitalize() for part in language.split("_"))


def read_nodes(folder):
    path = folder / SOURCE
    if not path.exists():
        raise Skip(f"no {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Busy:
    """Threads that write products, and how long the longest of their writes took."""

    def __init__(self, trial, server):
        self.trial = trial
        self.server = server
        self.is_over = False
        self.lock = threading.Lock()
        self.longest = 0.0
        self.count = 0
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(WRITERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def write(self, writer):
        client = self.server.client()
        number = 0
        while not self.is_over:
            number += 1
            watch = Watch()
            try:
                status, body = client.ask("POST", "/Product", {"name": f"busy {writer} {number}"})
            except LOST as error:
                status, body = 0, repr(error)
            self.trial.check(status == 200, f"a write beside: {status} {str(body)[:200]}")
            with self.lock:
                self.longest = max(self.longest, watch.seconds())
                self.count += 1

    def take_longest(self):
        with self.lock:
            longest, self.longest = self.longest, 0.0
            return longest


def add_languages(trial, server, codes):
    client = server.client()
    added, beside = [], []
    with Busy(trial, server) as busy:
        time.sleep(0.5)
        usual = busy.take_longest()
        for code in codes:
            watch = Watch()
            status, body = client.ask("POST", "/Language", {"name": code, "code": code})
            added.append(watch.seconds())
            trial.check(status == 200, f"{code}: {status} {str(body)[:200]}")
            time.sleep(0.1)
            beside.append(busy.take_longest())
    trial.check(max(beside) < LONGEST_WRITE_S, f"a write beside took {max(beside):.2f} s")
    trial.say(f"{len(codes)} languages, each in {1000 * sum(added) / len(added):.0f} ms, at most {1000 * max(added):.0f}; "
              f"{busy.count} writes beside, the longest {1000 * max(beside):.0f} ms (before: {1000 * usual:.0f})")


def upload(trial, client, nodes):
    watch = Watch()
    for start in range(0, len(nodes), BATCH):
        items = [{"entity": "Category",
                  "payload": {"id": f"cpv-{node['code']}", "code": node["code"],
                              **{key_of(language): name for language, name in node["name"].items()}}}
                 for node in nodes[start:start + BATCH]]
        for item, outcome in zip(items, client.upsert(items)):
            trial.check(outcome["status"] == "Created", f"{item['payload']['code']}: {str(outcome)[:300]}")
    trial.say(f"names in 23 languages: {watch.rate(len(nodes))}")


def listed(client, select, language=None):
    offset, found = 0, {}
    while True:
        path = f"/Category?select={select}&sortBy=id&asc=true&maxSize={PAGE}&offset={offset}"
        status, body = client.ask("GET", path, headers={"language": language} if language else None)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {str(body)[:200]}")
        found.update((record["id"], record) for record in body["list"])
        offset += PAGE
        if len(body["list"]) < PAGE:
            return found


def check_all(trial, client, nodes, codes):
    watch = Watch()
    every = listed(client, "code," + ",".join(map(key_of, (MAIN, *codes))))
    for node in nodes:
        record = every.get(f"cpv-{node['code']}", {})
        for language in (MAIN, *codes):
            trial.check(record.get(key_of(language)) == node["name"].get(language),
                        f"{node['code']} {language}: {record.get(key_of(language))!r}")
    trial.say(f"all variants read back: {watch.rate(len(every))}")


def check_each_language(trial, client, nodes, codes):
    watch = Watch()
    for language in ("main", *codes):
        records = listed(client, "name", language)
        for node in nodes:
            record = records[f"cpv-{node['code']}"]
            wanted = node["name"].get(MAIN if language == "main" else language)
            trial.check(record == {"id": record["id"], "name": wanted}, f"{node['code']} in {language}: {record}")
    trial.say(f"one language at a time: {watch.rate(len(nodes) * (len(codes) + 1))}")


def check_search(trial, client, nodes, codes):
    for language in codes[::5]:
        word = next(node["name"][language] for node in nodes if len(node["name"].get(language, "")) > 8)
        found = client.get("/Category", select="id", **{"where[0][attribute]": key_of(language),
                                                        "where[0][type]": "equals", "where[0][value]": word})
        exact = {f"cpv-{node['code']}" for node in nodes if node["name"].get(language) == word}
        trial.check({each["id"] for each in found["list"]} == exact, f"equals {word} in {language}: {found}")
        found = client.get("/Category", select="id", **{"where[0][attribute]": key_of(language),
                                                        "where[0][type]": "contains", "where[0][value]": word})
        trial.check(exact <= {each["id"] for each in found["list"]}, f"contains {word} in {language}: {found}")


def check_return(trial, client):
    """A language that goes and comes back: fields and values go and come with it."""
    gone = client.get("/Language", **{"where[0][attribute]": "code", "where[0][type]": "equals",
                                      "where[0][value]": "de_DE"})["list"][0]
    watch = Watch()
    status, _ = client.ask("DELETE", f"/Language/{gone['id']}")
    away = watch.seconds()
    trial.check(status == 200 and "nameDeDe" not in client.get("/Category/cpv-31532700-1"), "still there")
    watch = Watch()
    status, body = client.ask("POST", "/Language", {"name": "German", "code": "de_DE"})
    trial.check(status == 200, f"again: {status} {body}")
    trial.say(f"deleted in {1000 * away:.0f} ms, and back with its values in {1000 * watch.seconds():.0f} ms")
    trial.check(client.get("/Category/cpv-31532700-1")["nameDeDe"] == "Lampenabdeckungen", "the value is lost")


def run(trial):
    folder = find_folder()
    catalogue, nodes = Catalogue(folder), read_nodes(folder)
    codes = [code for code in nodes[0]["name"] if code != MAIN]
    directory = trial.directory("languages")
    path = directory / "catalogue.ndjson"
    linked, products = catalogue.items()
    path.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in linked + products), encoding="utf-8")
    for name, make in (("embedded", Embedded), ("server", OnServer)):
        with make() as engine:
            arguments = engine.new()
            code, output, errors, _ = command_load.load(trial, directory, path, name, arguments)
            trial.check(code == 0, f"{name}: exit code {code}, {output!r}, {errors[-300:]}")
            trial.say(f"{name}:")
            with Server(trial.binary, directory / name, arguments) as server:
                client = server.client()
                add_languages(trial, server, codes)
                upload(trial, client, nodes)
                check_all(trial, client, nodes, codes)
                check_each_language(trial, client, nodes, codes)
                check_search(trial, client, nodes, codes)
                check_return(trial, client)
                trial.say(f"peak memory {server.peak_mib():.0f} MiB")
                server.kill()
                trial.say(f"started again in {server.start():.2f} s")
                check_all(trial, server.client(), nodes, codes)
