"""What was acknowledged, and whether the server still has exactly that.

Each record belongs to one writer, so that its history is a line. A write that was sent and not answered may be there
whole or not at all; anything else is a fault. After a check the ledger goes on from what was found."""

import threading

FIELDS = ("id", "sku", "name", "number", "description", "price", "quantity", "isActive", "brandId", "categoriesIds")
PAGE_ROWS = 5000


class Entry:
    """One record, by its sku. `content` is None when it must not be there (never made, or deleted)."""

    def __init__(self, sku):
        self.sku = sku
        self.content = None
        self.trash = None  # content of the record as it was deleted; can be restored
        self.maybe = []  # what unanswered writes may have made of it
        self.refused = []  # what refused writes must not have made of it

    def settle(self, content):
        """Acknowledged, or seen."""
        self.content = content
        self.maybe = []
        self.refused = []

    def allows(self, found):
        """A server-made id is not known before it is seen."""
        return any(is_same(found, each) for each in (self.content, *self.maybe))


def is_same(found, wanted):
    if found is None or wanted is None:
        return found is wanted
    return all(found[name] == value for name, value in wanted.items())


def without_order(record):
    return {**record, "categoriesIds": sorted(record["categoriesIds"])}


class Race:
    """Several writers create the same sku at the same time: one may win. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.number = 0
        self.attempts = {}  # sku -> contents
        self.winners = {}
        self.losers = set()  # skus for which somebody was told that it exists
        self.doubles = []

    def join(self, content):
        """Fills in the sku that is being raced for."""
        with self.lock:
            content = {**content, "sku": f"race-{self.number}"}
            self.attempts.setdefault(content["sku"], []).append(content)
            return content

    def won(self, content):
        with self.lock:
            if content["sku"] in self.winners:
                self.doubles.append(content["sku"])
            self.winners[content["sku"]] = content
            self.number += 1

    def lost(self, sku):
        with self.lock:
            self.losers.add(sku)

    def give_up(self, sku):
        """An attempt failed and may be stored all the same: the next race begins."""
        with self.lock:
            self.number += sku == f"race-{self.number}"

    def check(self, trial, found):
        for sku in self.doubles:
            trial.fault(f"two creates of {sku} were acknowledged")
        self.doubles = []
        for sku, attempts in self.attempts.items():
            record = found.pop(sku, None)
            if sku in self.winners:
                trial.check(is_same(record, self.winners[sku]), f"lost: {sku} is {record}, acknowledged was "
                            f"{self.winners[sku]}")
            elif record is None:
                trial.check(sku not in self.losers, f"{sku}: refused as not unique, and nobody has it")
            else:
                trial.check(any(is_same(record, each) for each in attempts), f"half: {sku} is {record}")
            if record is not None:
                self.winners[sku] = record
        self.number += 1


def read_found(trial, client):
    """All products by sku."""
    found = {}
    count = 0
    for page in client.pages("Product", PAGE_ROWS, select=",".join(FIELDS), sortBy="id", asc="true"):
        count += len(page["list"])
        for record in page["list"]:
            trial.check(record["sku"] not in found, f"sku {record['sku']} twice")
            found[record["sku"]] = without_order(record)
    trial.check(page["total"] == count, f"total says {page['total']}, {count} are listed")
    return found


def note(trial, what):
    trial.notes[what] = trial.notes.get(what, 0) + 1


def check_entry(trial, entry, record):
    if is_same(record, entry.content):
        return
    if entry.allows(record):
        note(trial, "unanswered and stored")
        return
    if any(is_same(record, each) for each in entry.refused):
        note(trial, "refused and stored")
        return
    if entry.content is not None and record is None:
        word = "lost"
    elif entry.content is None and not entry.maybe:
        word = "deleted and back"
    else:
        word = "half applied or lost"
    trial.fault(f"{word}: {entry.sku} is {record}; acknowledged {entry.content}, open {entry.maybe}")


def check(trial, client, ledgers, race):
    """Every record of every ledger against the server; gives all that was found, by sku."""
    found = read_found(trial, client)
    rest = dict(found)
    for entries in ledgers:
        for entry in entries.values():
            record = rest.pop(entry.sku, None)
            check_entry(trial, entry, record)
            if record is None and entry.content is not None:
                entry.trash = entry.content
            entry.settle(record)
    race.check(trial, rest)
    for sku in rest:
        trial.fault(f"nobody made {sku}")
    return found
