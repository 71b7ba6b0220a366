#!/usr/bin/env python3
"""Makes the benchmark's databases by `pimento load`, and keeps them under build/bench/data for the next run.

usage: data.py --binary PATH [--directory DIR] catalogue|N...

catalogue  the PC catalogue of PIMENTO_DATA or ../shared/data, keyed twice: about 95,000 products with brands and
           categories. Without it: as many generated rows.
N          N generated products (1000, 1000000 ...), always the same ones.
"""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSWORD = "bench-password"
CATALOGUE_ROWS = 95102
FORMAT = 1  # count up when the rows change, so that older databases are made again
WORDS = ("adjustable aluminium analog ball bamboo bench black bolt bracket brass brushed cable canvas ceramic chair clamp "
         "classic compact copper cotton cover desk digital drawer dual electric fan felt filter flat flexible folding frame "
         "front galvanised glass graphite green hinge holder indoor industrial insulated joint kit lamp large leather light "
         "linen magnetic marine matte metal mini modular narrow natural nylon oak office outdoor oval panel pin pine plate "
         "polished portable pressure profile quick rail red reinforced ring rubber screw sealed shelf short silver slim "
         "small socket solid spring square stainless steel storage strap table tall timer tool travel tube valve vertical "
         "walnut washer white wide window wireless wooden").split()


def stamp(text):
    return hashlib.sha256(text.encode()).hexdigest()


def number(text, limit):
    return int(stamp(text)[:12], 16) % limit


def item(entity, payload):
    return json.dumps({"entity": entity, "payload": payload}, ensure_ascii=False) + "\n"


# ---- the real catalogue ----


def find_catalogue():
    for folder in (os.environ.get("PIMENTO_DATA"), ROOT.parent / "shared" / "data"):
        if folder and (pathlib.Path(folder) / "pc-catalogue" / "products.jsonl.gz").exists():
            return pathlib.Path(folder)
    return None


def read_lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def brand_id(name):
    return "brand-" + stamp(name)[:20]


def second_key(identifier):
    text = stamp(identifier)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def category_path(category, parents):
    """The category and what it lies in, up to three."""
    path = []
    while category in parents and len(path) < 3:
        path.append(category)
        category = parents[category]
    return path


def describe(product):
    parts = [product.get(key) for key in ("brand", "series", "variant", "color", "releaseYear", "class", "url")]
    return ", ".join(str(part) for part in parts if part)


def product_payload(product, parents):
    payload = {
        "id": product["id"],
        "sku": product["id"],
        "name": product["name"][:255],
        "isActive": True,
        "productStatus": "ready",
        "price": number(product["id"], 200000) / 100,
        "quantity": number(product["name"], 500),
        "description": describe(product),
        "categoriesIds": category_path(product.get("category"), parents),
    }
    if product.get("brand"):
        payload["brandId"] = brand_id(product["brand"])
    if product.get("partNumbers"):
        payload["number"] = payload["mpn"] = product["partNumbers"][0][:255]
    return payload


def catalogue_rows(folder, keys=2):
    parents = {}
    for category in read_lines(folder / "taxonomy" / "categories.jsonl.gz"):
        parents[category["id"]] = category["parent"]
        yield item("Category", {"id": category["id"], "name": category["name"][:255], "code": category["id"]})
    products = folder / "pc-catalogue" / "products.jsonl.gz"
    for name in sorted({product["brand"] for product in read_lines(products) if product.get("brand")}):
        yield item("Brand", {"id": brand_id(name), "name": name[:255], "code": brand_id(name)})
    for product in read_lines(products):
        yield item("Product", product_payload(product, parents))
    for product in read_lines(products) if keys == 2 else ():
        product["id"] = second_key(product["id"])
        product["name"] += " (second edition)"
        yield item("Product", product_payload(product, parents))


# ---- generated rows ----


def generated_rows(count):
    for i in range(100):
        yield item("Brand", {"id": f"brand-{i}", "name": f"{WORDS[i % len(WORDS)].title()} Works {i}", "code": f"B{i}"})
    for i in range(60):
        yield item("Category", {"id": f"category-{i}", "name": f"{WORDS[-i].title()} goods {i}", "code": f"C{i}"})
    for i in range(count):
        pick = number(f"row {i}", 1 << 40)
        words = [WORDS[(pick >> shift) % len(WORDS)] for shift in (0, 8, 16, 24)]
        yield item("Product", {
            "id": f"g{stamp(str(i))[:26]}", "sku": f"SKU-{i:08d}", "number": f"{pick % 10 ** 8:08d}",
            "name": f"{' '.join(words).capitalize()} {i:06x}", "isActive": True, "productStatus": "ready",
            "brandId": f"brand-{pick % 100}", "categoriesIds": [f"category-{pick % 60}"],
            "price": pick % 100000 / 100, "quantity": pick % 300,
        })


def rows_of(name):
    """The rows of a data set, and a word on them."""
    if name != "catalogue":
        return generated_rows(int(name)), f"{name} generated rows"
    folder = find_catalogue()
    if folder is None:
        return generated_rows(CATALOGUE_ROWS), f"{CATALOGUE_ROWS} generated rows (no real catalogue in PIMENTO_DATA or ../shared/data)"
    return catalogue_rows(folder), "the PC catalogue, keyed twice"


# ---- databases ----


def build_mark(binary):
    """Databases made by another schema are made again."""
    schema = b"".join(path.read_bytes() for path in sorted((ROOT / "metadata").rglob("*.json")))
    has_catalogue = find_catalogue() is not None
    return f"{FORMAT} {hashlib.sha256(schema).hexdigest()[:16]} {has_catalogue}"


def load(binary, directory, rows, options=()):
    """Feeds the rows to `pimento load -`; gives its summary and its peak memory in KiB."""
    environment = {**os.environ, "PIMENTO_ADMIN_PASSWORD": PASSWORD}
    command = [binary, "load", "--data", str(directory), "--log-level", "warning", *options, "-"]
    with open(directory / "load.log", "wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment)
        try:
            for row in rows:
                process.stdin.write(row.encode())
            process.stdin.close()
        except BrokenPipeError:
            pass
        summary = process.stdout.read().decode().strip()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        tail = (directory / "load.log").read_text(errors="replace").splitlines()[-5:]
        sys.exit(f"pimento load failed ({process.returncode}): {summary}\n" + "\n".join(tail))
    return summary, usage.ru_maxrss


def settle(database):
    """Copies the write-ahead log back, so that the database is one file."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def database_of(name, binary, directory):
    """The directory of a data set's database; made when it is not there."""
    folder = pathlib.Path(directory) / name
    mark = folder / "mark"
    wanted = build_mark(binary)
    if mark.exists() and mark.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows, word = rows_of(name)
    print(f"loading {word} ...", file=sys.stderr, flush=True)
    summary, peak_kib = load(binary, folder, rows)
    settle(folder / "pimento.db")
    print(f"  {summary}, peak memory {peak_kib // 1024} MiB, database {file_mib(folder)} MiB", file=sys.stderr, flush=True)
    mark.write_text(wanted)
    return folder


def file_mib(folder):
    return (folder / "pimento.db").stat().st_size >> 20


def copy_database(source, target):
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    subprocess.run(["cp", "--reflink=auto", str(source / "pimento.db"), str(target / "pimento.db")], check=True)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--directory", default=str(ROOT / "build" / "bench" / "data"))
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name != "catalogue" and not re.fullmatch(r"[1-9]\d{0,7}", name):
            parser.error(f"'{name}' is neither 'catalogue' nor a number of rows")
        print(database_of(name, arguments.binary, arguments.directory))


if __name__ == "__main__":
    main()
