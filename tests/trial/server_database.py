"""A database on a database server, looked at while no process of ours has it open."""

import json
import time

from database import table_of
from folding import fold

LEAVE_SECONDS = 5  # for the sessions of a killed process


def check(trial, cluster, name):
    """Indexes, search tables, counters."""
    query = lambda sql: cluster.run_sql(sql, name)
    await_nobody(trial, query, name)
    check_indexes(trial, query)
    tables = query("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    for table in tables.splitlines():
        if f"{table}_search" in tables.splitlines():
            check_search(trial, query, table)
    check_counters(trial, query)


def await_nobody(trial, query, name):
    """What a killed process had sent may still run; after that nothing changes."""
    end = time.monotonic() + LEAVE_SECONDS
    others = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid() AND " \
             "backend_type = 'client backend'"
    while query(others) != "0":
        if time.monotonic() > end:
            trial.fault(f"sessions outlive their process by {LEAVE_SECONDS} s")
            return
        time.sleep(0.02)


def check_indexes(trial, query):
    """Each tree is in order and holds every row; unique ones have no value twice."""
    query("CREATE EXTENSION IF NOT EXISTS amcheck")
    query("SELECT bt_index_check(c.oid, true) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'btree' "
          "AND c.relkind = 'i' AND c.relnamespace = 'public'::regnamespace")
    invalid = query("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")
    trial.check(invalid == "", f"invalid indexes: {invalid}")


def rows(query, sql):
    return [json.loads(line) for line in query(sql).split("\n") if line]


def check_search(trial, query, table):
    """The texts are those of the live rows."""
    search = f"{table}_search"
    columns = [f'"{name}"' for name in query(
        f"SELECT attname FROM pg_attribute WHERE attrelid = '{search}'::regclass AND attnum > 0 AND NOT attisdropped "
        "ORDER BY attnum").splitlines()]
    select = f"SELECT json_build_array({', '.join(columns)})::text FROM"
    live = rows(query, f'{select} "{table}" WHERE deleted = 0 ORDER BY row_id')
    folded = [[row[0], *(text and fold(text) for text in row[1:])] for row in live]
    kept = rows(query, f"{select} {search} ORDER BY row_id")
    if folded != kept:
        different = [pair for pair in zip(folded, kept) if pair[0] != pair[1]][:1]
        trial.fault(f"{search}: {len(kept)} rows for {len(folded)} live ones; {str(different)[:300]}")


def check_counters(trial, query):
    for line in query("SELECT entity || ' ' || sum(live) FROM pimento_counter GROUP BY entity").splitlines():
        entity, live = line.split()
        count = query(f'SELECT count(*) FROM "{table_of(entity)}" WHERE deleted = 0')
        trial.check(live == count, f"the counter of {entity} says {live}, there are {count}")
