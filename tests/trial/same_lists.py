"""Trial: the whole catalogue by `pimento load` on both engines; then the same questions, answered with the same bytes."""

import json
import random
import re
import urllib.parse

import command_load
from catalogue import Catalogue, find_folder
from engine import Embedded, OnServer
from server import Server
from trial import Watch

QUERIES = 200
TIMES = re.compile(rb'"(createdAt|modifiedAt)":"[^"]*"')
SORTS = ("name", "sku", "number", "mpn", "description", "price", "quantity", "isActive", "productStatus", "brand",
         "id")
SELECTS = (None, "name,sku", "id,name,brand,price", "name,categories,isActive,tag", "description,quantity,productStatus")
OFFSETS = (0, 0, 0, 7, 1000, 20000, 47500)
TEXTS = ("name", "name", "number", "mpn", "description", "sku", "brandName")
NUMBERS = ("price", "quantity")
# Each operator with the fields that it is asked of and the values that it takes.
OPERATORS = {
    **dict.fromkeys(("like", "notLike", "contains", "notContains", "startsWith", "notStartsWith", "endsWith",
                     "notEndsWith"), (TEXTS, "part")),
    **dict.fromkeys(("equals", "notEquals"), ((*TEXTS, *NUMBERS, "productStatus", "isActive", "brandId"), "one")),
    **dict.fromkeys(("greaterThan", "lessThan", "greaterThanOrEquals", "lessThanOrEquals"), ((*NUMBERS, "name"), "one")),
    "between": ((*NUMBERS, "name"), "two"),
    **dict.fromkeys(("in", "notIn"), (("productStatus", "number", "brandId", "id", "quantity"), "some")),
    **dict.fromkeys(("isNull", "isNotNull", "isEmpty", "isNotEmpty"), (("number", "price", "description", "tag"), "none")),
    **dict.fromkeys(("isTrue", "isFalse"), (("isActive",), "none")),
    **dict.fromkeys(("and", "or", "not"), ((), "group")),
}


class Questions:
    """Made from what the catalogue holds; the same ones each time."""

    def __init__(self, catalogue):
        self.products = list(catalogue.expected().values())
        self.dice = random.Random(11)

    def value(self, field):
        """One that some record has."""
        while True:
            value = self.dice.choice(self.products)[field]
            if value is not None:
                return value

    def part(self, field, kind):
        text = self.value(field)
        start = self.dice.randrange(len(text))
        part = text[start:start + self.dice.randint(1, 9)] or text
        part = self.dice.choice((part, part.upper(), part.lower()))
        return f"%{part}_%" if "ike" in kind else part

    def condition(self, kind):
        fields, takes = OPERATORS[kind]
        if takes == "group":
            plain = [each for each, (_, other) in OPERATORS.items() if other != "group"]
            return {"type": kind, "value": [self.condition(each) for each in self.dice.sample(plain, 2)]}
        field = self.dice.choice(fields)
        made = {"attribute": field, "type": kind}
        if takes == "part":
            made["value"] = self.part(field, kind)
        elif takes == "one":
            made["value"] = self.value(field)
        elif takes != "none":
            made["value"] = sorted(self.value(field) for _ in range(2 if takes == "two" else self.dice.randint(1, 9)))
        return made

    def questions(self):
        kinds = list(OPERATORS)
        for number in range(QUERIES):
            parameters = {"sortBy": SORTS[number // 2 % len(SORTS)], "asc": str(number % 2 == 0).lower(),
                          "maxSize": self.dice.choice((1, 20, 200)), "offset": self.dice.choice(OFFSETS)}
            select = self.dice.choice(SELECTS)
            if select:
                parameters["select"] = select
            if self.dice.random() < 0.1:
                parameters[self.dice.choice(("totalOnly", "collectionOnly"))] = "true"
            if number >= 2 * len(SORTS):  # before: each order of the whole
                parameters["offset"] = self.dice.choice((0, 0, 5, 100))
                where = [self.condition(kinds[number % len(kinds)])]
                parameters["where"] = json.dumps(where, ensure_ascii=False)
            yield "/Product?" + urllib.parse.urlencode(parameters)


def run(trial):
    catalogue = Catalogue(find_folder())
    directory = trial.directory("lists")
    path = directory / "catalogue.ndjson"
    linked, products = catalogue.items()
    path.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in linked + products), encoding="utf-8")
    with Embedded() as file, OnServer() as cluster:
        engines = {"embedded": file.new(), "server": cluster.new()}
        for name, arguments in engines.items():
            load(trial, directory, path, name, arguments, len(linked) + len(products))
        with Server(trial.binary, directory / "embedded", engines["embedded"]) as one, \
                Server(trial.binary, directory / "server", engines["server"]) as other:
            compare(trial, one.client(), other.client(), Questions(catalogue))


def load(trial, directory, path, name, arguments, count):
    watch = Watch()
    code, output, errors, peak = command_load.load(trial, directory, path, name, arguments)
    trial.check(code == 0 and output.startswith(f"{count} created"), f"{name}: exit code {code}, {output!r}, {errors[-300:]}")
    trial.say(f"{name}: {watch.rate(count)}, peak memory {peak:.0f} MiB")


def compare(trial, one, other, questions):
    bytes_seen = records = 0
    seconds = ([], [])
    for path in questions.questions():
        answers = []
        for place, client in enumerate((one, other)):
            watch = Watch()
            status, body = client.read("GET", path)
            seconds[place].append((watch.seconds(), urllib.parse.unquote(path)))
            trial.check(status == 200, f"{path}: {status} {body[:200]}")
            answers.append(TIMES.sub(rb'"\1":"*"', body))
        trial.check(answers[0] == answers[1], f"{urllib.parse.unquote(path)}\n{answers[0][:500]}\n{answers[1][:500]}")
        bytes_seen += len(answers[0])
        records += answers[0].count(b'"id":')
    trial.check(records > QUERIES, f"only {records} records were compared")
    trial.say(f"{QUERIES} lists with {records} records, {bytes_seen >> 10} KiB")
    for name, times in zip(("embedded", "server"), seconds):
        trial.say(f"{name}: {sum(each for each, _ in times):.1f} s; the slowest {max(times)[0]:.2f} s: {max(times)[1]}")
