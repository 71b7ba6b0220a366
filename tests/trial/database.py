"""The database file itself, looked at while no server has it open: on a copy, because looking recovers it."""

import json
import shutil
import sqlite3

import collation
from folding import fold


CREATED, UPDATED, DELETED, RESTORED, PURGED, MOVED = range(1, 7)  # as in query/change_log.h


def plain_compare(left, right):
    return (left > right) - (left < right)


def open_copy(trial, data):
    """The files as the dead server left them, without its shared memory."""
    copy = trial.directory("copy")
    for name in ("pimento.db", "pimento.db-wal"):
        if (data / name).exists():
            shutil.copy(data / name, copy / name)
    connection = sqlite3.connect(copy / "pimento.db", isolation_level=None)
    root = collation.open_root()
    connection.create_collation("root", root.compare if root else plain_compare)
    return connection, root is not None


def check(trial, data):
    """Pages, indexes, foreign keys, search tables, counters, the change log."""
    connection, knows_order = open_copy(trial, data)
    try:
        check_integrity(trial, connection, knows_order)
        tables = [name for name, in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if f"{table}_search" in tables:
                check_search(trial, connection, table)
        check_counters(trial, connection, tables)
        check_changes(trial, connection)
    finally:
        connection.close()


def check_integrity(trial, connection, knows_order):
    """Without ICU an index in its order can't be judged, so only the pages are."""
    pragma = "integrity_check" if knows_order else "quick_check"
    lines = [line for line, in connection.execute(f"PRAGMA {pragma}")]
    trial.check(lines == ["ok"], f"{pragma}: {lines[:5]}")
    broken = list(connection.execute("PRAGMA foreign_key_check"))
    trial.check(not broken, f"foreign keys: {broken[:5]}")


def check_search(trial, connection, table):
    """The index fits its texts, and the texts are those of the live rows."""
    search = f"{table}_search"
    try:
        connection.execute(f"INSERT INTO {search}({search}) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        trial.fault(f"{search}: {error}")
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({search})")]
    names = ", ".join(f'"{column}"' for column in columns)
    rows = connection.execute(f"SELECT row_id, {names} FROM {table} WHERE deleted = 0 ORDER BY row_id").fetchall()
    folded = [(row[0], *(text and fold(text) for text in row[1:])) for row in rows]
    kept = connection.execute(f"SELECT rowid, {names} FROM {search} ORDER BY rowid").fetchall()
    if folded != kept:
        different = [pair for pair in zip(folded, kept) if pair[0] != pair[1]][:1]
        trial.fault(f"{search}: {len(kept)} rows for {len(folded)} live ones; {str(different)[:300]}")


def check_counters(trial, connection, tables):
    for entity, live in connection.execute("SELECT entity, sum(live) FROM pimento_counter GROUP BY entity"):
        table = table_of(entity)
        if not trial.check(table in tables, f"the counter of {entity} has no table"):
            continue
        count, = connection.execute(f'SELECT count(*) FROM "{table}" WHERE deleted = 0').fetchone()
        trial.check(live == count, f"the counter of {entity} says {live}, there are {count}")


def added_up(connection):
    """(entity, id) -> what the changes of each record come to, in the names of columns."""
    records = {}
    for entity, subject, relation, kind, what in connection.execute(
            "SELECT entity, subject_id, relation_id, kind, what FROM pimento_change ORDER BY row_id"):
        key = (entity, relation or subject)
        if kind == MOVED:
            continue
        if kind == PURGED:
            records.pop(key, None)
            continue
        record = {} if kind == CREATED else records[key]
        records[key] = record
        if kind != UPDATED:
            record["deleted"] = int(kind == DELETED)
        record.update((table_of(name), pair[1]) for name, pair in json.loads(what or "{}").items() if pair)
    return records


def is_same(stored, told):
    if isinstance(told, (list, dict)):
        return stored is not None and json.loads(stored) == told
    return stored == told


def check_changes(trial, connection):
    """Every row is what its changes come to, and nothing else is."""
    records = added_up(connection)
    for entity in {entity for entity, _ in records}:
        rows = connection.execute(f'SELECT * FROM "{table_of(entity)}"')
        columns = [column[0] for column in rows.description]
        for row in rows:
            stored = dict(zip(columns, row))
            record = records.pop((entity, stored["id"]), None)
            different = record and [name for name, told in record.items() if not is_same(stored[name], told)]
            if record is None or different:
                trial.fault(f"{entity} {stored['id']}: its changes come to {record}, stored are {str(stored)[:300]}")
    trial.check(not records, f"changes of records that are not there: {list(records)[:3]}")


def table_of(entity):
    """`ProductCategory` -> `product_category`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in entity).lstrip("_")
