"""Does the server hold the catalogue? Every record, filters, orders and single reads, checked against the source."""

import hashlib
import json
import random

import collation
import filters
from catalogue import COMPARED
from trial import Watch

PAGE_ROWS = 1000
SINGLE_READS = 500
# What differs between two ways of loading the same data.
OWN_FIELDS = ("createdAt", "modifiedAt", "createdById", "createdByName", "modifiedById", "modifiedByName",
              "ownerUserId", "ownerUserName", "assignedUserId", "assignedUserName")


class CatalogueCheck:
    def __init__(self, trial, client, catalogue):
        self.trial = trial
        self.client = client
        self.catalogue = catalogue
        self.expected = catalogue.expected()
        self.seen = {}  # id -> record as read

    def run(self):
        self.check_others("Brand", self.catalogue.brands)
        self.check_others("Category", self.catalogue.categories)
        self.check_products()
        if self.trial.faults == 0:
            self.check_filters()
            self.check_orders()
            self.check_single_reads()

    # ---- every record ----

    def read_all(self, entity, **parameters):
        records = []
        for page in self.client.pages(entity, PAGE_ROWS, **parameters):
            records += page["list"]
        self.trial.check(page["total"] == len(records), f"{entity}: total {page['total']}, {len(records)} listed")
        return records

    def check_others(self, entity, payloads):
        seen = {record["id"]: record for record in self.read_all(entity, sortBy="name", asc="true")}
        self.compare(entity, {payload["id"]: payload for payload in payloads}, seen)

    def check_products(self):
        watch = Watch()
        records = self.read_all("Product", select=",".join((*COMPARED, "createdAt")), sortBy="id", asc="true")
        self.trial.say(f"read back: {watch.rate(len(records))}, in pages of {PAGE_ROWS}")
        ids = [record["id"] for record in records]
        self.trial.check(ids == sorted(ids), "sortBy=id is not in the order of the ids")
        for record in records:
            record["categoriesIds"].sort()
        self.seen = {record["id"]: record for record in records}
        self.compare("Product", self.expected, self.seen)

    def compare(self, entity, expected, seen):
        for identifier in expected.keys() - seen.keys():
            self.trial.fault(f"{entity} {identifier} is missing")
        for identifier in seen.keys() - expected.keys():
            self.trial.fault(f"{entity} {identifier} should not be there")
        for identifier in expected.keys() & seen.keys():
            for name, value in expected[identifier].items():
                got = seen[identifier].get(name, "(absent)")
                if got != value or isinstance(got, bool) != isinstance(value, bool):
                    self.trial.fault(f"{entity} {identifier}: {name} is {got!r}, sent {value!r}")

    # ---- filters ----

    def check_filters(self):
        watch = Watch()
        slowest = (0, None)
        records = list(self.seen.values())
        cases = filters.catalogue_filters(records, self.catalogue.brand_names)
        for where in cases:
            one = Watch()
            seen, total = self.read_filtered(where)
            slowest = max(slowest, (one.seconds(), json.dumps(where, ensure_ascii=False)), key=lambda pair: pair[0])
            self.check_filter(where, seen, total, filters.find(records, where))
        self.trial.say(f"{len(cases)} filters in {watch.seconds():.1f} s, all their pages; slowest "
                       f"{slowest[0]:.2f} s: {slowest[1]}")

    def read_filtered(self, where):
        text = json.dumps(where, ensure_ascii=False)
        ids = []
        for page in self.client.pages("Product", 10000, where=text, select="id"):
            ids += [record["id"] for record in page["list"]]
        return ids, page["total"]

    def check_filter(self, where, seen, total, expected):
        text = json.dumps(where, ensure_ascii=False)[:300]
        self.trial.check(total == len(seen), f"{text}: total {total}, {len(seen)} listed")
        self.trial.check(len(seen) == len(set(seen)), f"{text}: an id twice")
        missing, extra = expected - set(seen), set(seen) - expected
        if missing or extra:
            examples = [self.seen[each]["name"] for each in [*list(missing)[:2], *list(extra)[:2]]]
            self.trial.fault(f"{text}: {len(missing)} missing, {len(extra)} too many of {len(expected)}: {examples}")

    # ---- orders ----

    def check_orders(self):
        root = collation.open_root()
        text_key = root.key if root else None
        if root is None:
            self.trial.say("no ICU library: text orders are checked for completeness only")
        plain = lambda value: value
        orders = [("name", "name", text_key, 200), ("sku", "sku", text_key, 200), ("number", "number", text_key, 1000),
                  ("brand", "brandName", text_key, 2000), ("price", "price", plain, 2000),
                  ("createdAt", "createdAt", plain, 200), ("productStatus", "productStatus", plain, 2000)]
        for field, shown, key, page_rows in orders:
            for is_ascending in (True, False):
                self.check_order(field, shown, key, page_rows, is_ascending)

    def check_order(self, field, shown, key, page_rows, is_ascending):
        watch = Watch()
        ids = []
        for page in self.client.pages("Product", page_rows, sortBy=field, asc=str(is_ascending).lower(), select=shown,
                                      collectionOnly="true"):
            ids += [record["id"] for record in page["list"]]
        name = f"sortBy={field}&asc={is_ascending}"
        self.trial.check(len(ids) == len(self.seen) and set(ids) == set(self.seen),
                         f"{name}: {len(ids)} ids, {len(set(ids))} different ones of {len(self.seen)}")
        if key is not None:
            self.check_sequence(name, ids, self.sorted_ids(shown, key, is_ascending))
        pages = len(ids) // page_rows + 1
        self.trial.say(f"{name}: {1000 * watch.seconds() / pages:.0f} ms a page of {page_rows}")

    def sorted_ids(self, shown, key, is_ascending):
        """Nulls last ascending, first descending; the id in the same direction."""
        records = self.seen.values()
        ranked = sorted((record for record in records if record[shown] is not None),
                        key=lambda record: (key(record[shown]), record["id"]))
        ranked += sorted((record for record in records if record[shown] is None), key=lambda record: record["id"])
        return [record["id"] for record in (ranked if is_ascending else reversed(ranked))]

    def check_sequence(self, name, seen, expected):
        for place, (got, wanted) in enumerate(zip(seen, expected)):
            if got != wanted:
                self.trial.fault(f"{name}: at {place} {self.seen[got]['name']!r} ({got}) instead of "
                                 f"{self.seen[wanted]['name']!r} ({wanted})")
                return

    # ---- single reads ----

    def check_single_reads(self):
        watch = Watch()
        ids = random.Random(7).sample(sorted(self.expected), min(SINGLE_READS, len(self.expected)))
        names = self.catalogue.category_names
        for identifier in ids:
            record = self.client.get(f"/Product/{identifier}")
            record["categoriesIds"].sort()
            expected = {**self.expected[identifier],
                        "categoriesNames": {each: names[each] for each in self.expected[identifier]["categoriesIds"]}}
            self.compare("Product (read)", {identifier: expected}, {identifier: record})
        self.trial.say(f"single reads: {watch.rate(len(ids))}")


def digest(client):
    """Of everything that two ways of loading must have made the same."""
    total = hashlib.sha256()
    for entity in ("Brand", "Category", "Product"):
        for page in client.pages(entity, PAGE_ROWS, sortBy="id", asc="true"):
            for record in page["list"]:
                for name in OWN_FIELDS:
                    record.pop(name, None)
                total.update(json.dumps(record, sort_keys=True).encode())
    return total.hexdigest()
