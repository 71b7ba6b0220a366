"""Writes the plan of the floor program (floor/plan.h): the product's SQL for its hottest operations, made from its own
metadata, tables and answers, so that the floor answers with the same keys whatever fields the entities have by now."""

import collections
import itertools
import json
import re

SLIM = "id,name,sku,number,mpn,ean,price,quantity,productStatus,isActive,createdAt,modifiedAt"
PAGE = "id,name,sku"
# Everything that is stored of a product, with brand, categories and channels; the floor makes up no keys.
FULL = ("id,deleted,name,description,sku,number,longDescription,note,productStatus,taskStatus,tag,ean,mpn,price,rrp,quantity,"
        "customsNumber,isActive,sortOrder,brandId,brandName,categoriesIds,categoriesNames,channelsIds,channelsNames,ownerUserId,"
        "ownerUserName,assignedUserId,assignedUserName,createdAt,createdById,createdByName,modifiedAt,modifiedById,modifiedByName")
KINDS = {"bool": "bool", "int": "int", "float": "real", "multiEnum": "raw", "array": "raw", "jsonObject": "raw",
         "jsonArray": "raw", "jsonList": "raw"}


def numbered(sql):
    numbers = itertools.count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql)


def replace_by_rowid(table, columns):
    return (f"INSERT OR REPLACE INTO {quoted(table)} (rowid, {', '.join(map(quoted, columns))}) "
            f"VALUES ({', '.join('?' * (len(columns) + 1))})")


def replace_by_key(table, columns):
    names = list(map(quoted, columns))
    return (f"INSERT INTO {quoted(table)} (row_id, {', '.join(names)}) VALUES ({', '.join('?' * (len(names) + 1))}) "
            f"ON CONFLICT (row_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)}")


# What the engines spell differently. text_order, found: of the field `name`; unindexed: around what must not lead the plan;
# counted: the counter's live rows and version; slot: which part of it a connection adds to.
Dialect = collections.namedtuple("Dialect", "parameters text_order unindexed found search_replace counted slot")
EMBEDDED = Dialect(lambda sql: sql, 'substr(t0."name", 1, 200) COLLATE root', "+{}",
                   '(t0.row_id IN (SELECT rowid FROM "product_search" WHERE "product_search" MATCH ?))', replace_by_rowid,
                   "live, version", "0")
SERVER = Dialect(numbered, 'left(t0."name", 200) COLLATE pimento_text_order', "NULLIF({}, NULL)",
                 '(t0.row_id IN (SELECT row_id FROM "product_search" WHERE "name" LIKE ?))', replace_by_key,
                 "CAST(sum(live) AS BIGINT), CAST(sum(version) AS BIGINT)", "pg_backend_pid() % 16")


def snake(name):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class Shape:
    """One statement over Product and its linked records, from the keys of an answer."""

    def __init__(self, metadata, columns):
        self.fields = metadata["entityDefs"]["Product"]["fields"]
        self.links = metadata["entityDefs"]["Product"]["links"]
        self.definitions = metadata["entityDefs"]
        self.columns = columns
        self.selected = []
        self.keys = []
        self.joins = []
        self.many = []

    def add(self, key):
        if self.add_linked(key) or self.add_name(key):
            return
        column = snake(key)
        if column not in self.columns:
            raise ValueError(f"the product answers with a key whose column is not known: {key}")
        self.selected.append(f't0.{quoted(column)}')
        self.keys.append((key, KINDS.get(self.fields.get(key, {}).get("type"), "text")))

    def add_linked(self, key):
        link = self.links.get(key[:-3]) if key.endswith("Ids") else self.links.get(key[:-5]) if key.endswith("Names") else None
        if link is None or "relationName" not in link:
            return False
        if key.endswith("Ids"):
            relation, target = link["relationName"], snake(link["entity"])
            near, far = [snake(name) for name in link.get("midKeys", ["productId", link["entity"] + "Id"])]
            self.many.append((key, key[:-3] + "Names", f"SELECT t1.\"id\", t1.\"name\" FROM {quoted(snake(relation))} t0 "
                              f"JOIN {quoted(target)} t1 ON t1.\"id\" = t0.{quoted(far)} AND t1.\"deleted\" = 0 "
                              f"WHERE t0.\"deleted\" = 0 AND t0.{quoted(near)} IN (?) ORDER BY t0.row_id"))
        return True

    def add_name(self, key):
        if not key.endswith("Name") or key[:-4] not in self.links or snake(key) in self.columns:
            return False
        target = snake(self.links[key[:-4]]["entity"])
        alias = f"t{len(self.joins) + 1}"
        self.joins.append(f' LEFT JOIN {quoted(target)} {alias} ON {alias}."id" = t0.{quoted(snake(key[:-4]) + "_id")} '
                          f'AND {alias}."deleted" = 0')
        self.selected.append(f'{alias}."name"')
        self.keys.append((key, "text"))
        return True

    def lines(self, name, tail):
        yield f"shape {name}"
        yield f"sql SELECT {', '.join(self.selected)} FROM \"product\" t0{''.join(self.joins)}{tail}"
        yield from (f"key {key} {kind}" for key, kind in self.keys)
        yield from (f"many {ids} {names} {sql}" for ids, names, sql in self.many)


def shape_of(metadata, columns, keys):
    shape = Shape(metadata, columns)
    for key in keys:
        shape.add(key)
    return shape


def bind_line(column, value):
    if column in ("created_at", "modified_at"):
        return "bind now"
    if column in ("id", "name", "sku"):
        return f"bind {column}"
    if value is None:
        return "bind null"
    kind = {int: "int", float: "real"}.get(type(value), "text")
    return f"bind {kind} {value}"


def insert_lines(engine, columns, sample):
    """The INSERT with the values that the product stored for a record made through its API."""
    columns = [name for name in columns if name != "row_id"]
    names = ", ".join(map(quoted, columns))
    row = engine.query(f"SELECT {names} FROM \"product\" WHERE \"id\" = '{sample['id']}'")[0]
    yield (f'insert INSERT INTO "product" ({names}) VALUES ({", ".join("?" * len(columns))}) '
           "ON CONFLICT DO NOTHING RETURNING row_id")
    yield from (bind_line(column, value) for column, value in zip(columns, row))
    searched = [name for name in engine.columns("product_search") if name != "row_id"]
    yield f"search {engine.dialect.search_replace('product_search', searched)}"
    yield from (f"searched {columns.index(column)}" for column in searched)


def change_line(engine, name, sample, kind, what):
    """The row that a write leaves in the change log; only the record differs."""
    number = engine.query(f"SELECT at_us FROM pimento_change WHERE subject_id = '{sample['id']}'")[0][0]
    what = what.replace("'", "''")
    return (f"{name} INSERT INTO pimento_change (entity, subject_id, other_id, relation_id, kind, at_us, by_id, what) VALUES "
            f"('Product', ?, NULL, NULL, {kind}, {number}, '{sample['modifiedById']}', '{what}')")


def change_lines(engine, sample):
    created = engine.query(f"SELECT what FROM pimento_change WHERE subject_id = '{sample['id']}'")[0][0]
    yield change_line(engine, "added", sample, 1, created)
    yield change_line(engine, "changed", sample, 2, '{"price":[12.5,13.75]}')


def plan_text(engine, metadata, answers, sample):
    """`answers`: the product's, for one record as `full` and `slim` and of a `page`; `sample`: to a POST of name, sku and
    price."""
    dialect = engine.dialect
    columns = engine.columns("product")
    live = ' WHERE t0."deleted" = 0'
    found = f"{live} AND {dialect.found}"
    order = ' ORDER BY {} ASC NULLS LAST, t0."id" LIMIT ? OFFSET ?'
    unindexed = dialect.unindexed.format(dialect.text_order)
    by_id = ' WHERE t0."id" = ? AND t0."deleted" = 0'
    lines = [
        *shape_of(metadata, columns, answers["full"]).lines("full", by_id),
        *shape_of(metadata, columns, answers["slim"]).lines("slim", by_id),
        *shape_of(metadata, columns, answers["page"]).lines("page", live + order.format(dialect.text_order)),
        *shape_of(metadata, columns, answers["page"]).lines("seek", found + order.format(unindexed)),
        f'count SELECT count(*) FROM "product" t0{found}',
        f"counter SELECT {dialect.counted} FROM pimento_counter WHERE entity = 'Product'",
        'update UPDATE "product" SET "price" = ?, "modified_at" = ?, "modified_by_id" = '
        f"'{sample['modifiedById']}' WHERE \"id\" = ?",
        f"counted INSERT INTO pimento_counter (entity, slot, live, version) VALUES ('Product', {dialect.slot}, ?, 1) "
        "ON CONFLICT (entity, slot) DO UPDATE SET version = pimento_counter.version + excluded.version, "
        "live = pimento_counter.live + excluded.live",
        *insert_lines(engine, columns, sample),
        *change_lines(engine, sample),
    ]
    return "\n".join(dialect.parameters(line) for line in lines) + "\n"


def describe_difference(product, floor):
    """Where two answers differ, or None."""
    if product == floor:
        return None
    left, right = json.dumps(product), json.dumps(floor)
    at = next((i for i, pair in enumerate(zip(left, right)) if pair[0] != pair[1]), min(len(left), len(right)))
    return f"product …{left[max(0, at - 60):at + 60]}…  floor …{right[max(0, at - 60):at + 60]}…"
