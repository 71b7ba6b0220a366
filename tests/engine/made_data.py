"""Made data and questions about it, the same every time: names that sort and fold in all ways, numbers, links."""

import concurrent.futures
import random
import re
import signal
import urllib.parse

AT_ONCE = signal.SIGQUIT  # how a database server ends as in a crash
BATCH = 200
TIMES = re.compile(rb'"(createdAt|modifiedAt)":"[^"]*"')
WORDS = ["oak", "Oak", "OAK", "éclair", "e\u0301clair", "Eclair", "Straße", "STRASSE", "strass", "zebra", "Zug", "Äpfel",
         "apfel", "中文字", "日本", "100%", "a_b", "aXb", "a\\b", "it's", "\"quoted\"", "naïve", "coöp", "co-op", "co op",
         "\U0001f600", "ﬁsh", "fish", "Å", "A\u030a", "ß", "İstanbul", "ılk", "Ǆ", "ø", "o", "Ω", "ω", "я", "Я", "10", "9"]
FRACTIONS = [None, 0, 0.1, 1.5, 2, 99.99, 1e15, 123456.789, 0.333333333333, 7]
SORTS = ["name", "sku", "price", "quantity", "brand", "productStatus", "ean", "number", "isActive", "id"]
SELECTS = [None, None, "name,sku", "id,name,brand,price", "name,categories,isActive,tag"]
TEXT_TESTS = ["contains", "startsWith", "endsWith", "like", "notLike", "notContains", "equals", "greaterThan", "lessThan"]


def threads(count):
    return concurrent.futures.ThreadPoolExecutor(count)


def without_times(body):
    return TIMES.sub(rb'"\1":"*"', body)


def entity_id(kind, number):
    return f"{kind}{number:014d}"


def product(chance, number):
    made = {"id": entity_id("p", number), "name": " ".join(chance.choices(WORDS, k=chance.randint(1, 3))),
            "isActive": chance.random() < 0.5, "price": chance.choice(FRACTIONS),
            "quantity": chance.choice(FRACTIONS[1:]), "number": chance.choice([None, "", *WORDS]),
            "ean": chance.choice([None, str(10000000 + chance.randint(0, 50))]),
            "categories": [entity_id("c", each) for each in sorted(chance.sample(range(8), chance.randint(0, 3)))]}
    if chance.random() < 0.7:
        made["brandId"] = entity_id("b", chance.randrange(10))
    if chance.random() < 0.8:
        made["sku"] = f"{chance.choice(WORDS)}-{number}"
    return {"entity": "Product", "payload": made}


def batches():
    chance = random.Random(3)
    items = [{"entity": "Brand", "payload": {"id": entity_id("b", number), "name": WORDS[number * 3]}}
             for number in range(10)]
    items += [{"entity": "Category", "payload": {"id": entity_id("c", number), "name": WORDS[number * 4]}}
              for number in range(8)]
    yield items
    for start in range(0, 800, BATCH):
        yield [product(chance, number) for number in range(start, start + BATCH)]


def condition(chance):
    kind = chance.randrange(4)
    if kind == 0:
        return {"type": chance.choice(["greaterThan", "lessThanOrEquals", "equals", "notEquals"]),
                "attribute": chance.choice(["price", "quantity"]), "value": chance.choice(FRACTIONS[1:])}
    if kind == 1:
        return {"type": chance.choice(["isNull", "isNotNull", "isEmpty", "isNotEmpty"]),
                "attribute": chance.choice(["number", "ean", "brandId", "sku"])}
    word = chance.choice(WORDS)
    return {"type": chance.choice(TEXT_TESTS), "attribute": chance.choice(["name", "name", "number", "brandName"]),
            "value": word[:chance.randint(1, 4)]}


def flatten(prefix, value):
    if isinstance(value, dict):
        for key, part in value.items():
            yield from flatten(f"{prefix}[{key}]", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from flatten(f"{prefix}[{index}]", part)
    else:
        yield prefix, str(value)


def queries(count):
    chance = random.Random(7)
    for _ in range(count):
        pairs = [("sortBy", chance.choice(SORTS)), ("asc", chance.choice(["true", "false"])),
                 ("offset", str(chance.choice([0, 0, 5, 100]))), ("maxSize", str(chance.choice([10, 50, 200])))]
        select = chance.choice(SELECTS)
        if select:
            pairs.append(("select", select))
        where = [condition(chance) for _ in range(chance.randrange(3))]
        if len(where) == 2 and chance.random() < 0.5:
            where = [{"type": chance.choice(["or", "not"]), "value": where}]
        pairs += flatten("where", where)
        yield "/api/v1/Product?" + urllib.parse.urlencode(pairs)
