"""The PC catalogue as records: what is sent to the server, and what it must hold afterwards."""

import gzip
import hashlib
import json
import os
import pathlib

from trial import ROOT, Skip

TEXT_CHARACTERS = 255  # of a varchar
COMPARED = ("id", "name", "sku", "number", "mpn", "description", "isActive", "productStatus", "price", "quantity",
            "brandId", "brandName", "categoriesIds")


def find_folder():
    for folder in (os.environ.get("PIMENTO_DATA"), ROOT.parent / "shared" / "data"):
        if folder and (pathlib.Path(folder) / "pc-catalogue" / "products.jsonl.gz").exists():
            return pathlib.Path(folder)
    raise Skip("no catalogue in PIMENTO_DATA or ../shared/data")


def read_lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def stamp(text):
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def describe(source):
    """Real words, marketplace numbers and all; None when there is nothing to say."""
    parts = [source.get(key) for key in ("series", "variant", "color", "releaseYear", "class", "url")]
    return ", ".join(str(part) for part in parts if part) or None


class Catalogue:
    """`brands`, `categories` and `products` are lists of payloads. The catalogue has no prices and no stock; those are
    computed from the names, the same ones every time, some of them absent."""

    def __init__(self, folder):
        self.parents = {}
        self.categories = [self.category(each) for each in read_lines(folder / "taxonomy" / "categories.jsonl.gz")]
        names = [brand["name"] for brand in json.loads((folder / "pc-catalogue" / "brands.json").read_text("utf-8"))]
        self.brands = [{"id": f"brand-{i}", "name": name, "code": f"B-{i}"} for i, name in enumerate(names)]
        self.brand_ids = {brand["name"]: brand["id"] for brand in self.brands}
        self.brand_names = {brand["id"]: brand["name"] for brand in self.brands}
        self.category_names = {category["id"]: category["name"] for category in self.categories}
        self.products = [self.product(each) for each in read_lines(folder / "pc-catalogue" / "products.jsonl.gz")]

    def category(self, source):
        self.parents[source["id"]] = source["parent"]
        return {"id": source["id"], "name": source["name"], "code": source["id"], "description": source["path"]}

    def product(self, source):
        number = (source.get("partNumbers") or [None])[0]
        dice = stamp(source["id"])
        return {
            "id": source["id"], "sku": f"pc-{source['id']}", "name": source["name"][:TEXT_CHARACTERS].strip(),
            "number": number and number[:TEXT_CHARACTERS].strip(),
            "mpn": number and number[:TEXT_CHARACTERS].strip(),
            "description": describe(source),
            "isActive": dice % 3 == 0, "productStatus": ("draft", "prepared", "ready")[dice % 7 % 3],
            "price": None if dice % 10 == 0 else dice % 200000 / 100, "quantity": dice % 500,
            "brandId": self.brand_ids.get(source.get("brand")), "categoriesIds": self.path(source["category"]),
        }

    def path(self, category):
        """The category and what it lies in, up to three."""
        path = []
        while category in self.parents and len(path) < 3:
            path.append(category)
            category = self.parents[category]
        return path

    def items(self):
        """Upsert items in two parts: what is linked to, and the products."""
        first = [("Brand", brand) for brand in self.brands] + [("Category", category) for category in self.categories]
        wrap = lambda entity, payload: {"entity": entity, "payload": payload}
        return [wrap(*each) for each in first], [wrap("Product", product) for product in self.products]

    def expected(self):
        """Products as a list with `select=COMPARED` shows them, by id."""
        return {product["id"]: {**product, "brandName": self.brand_names.get(product["brandId"]),
                                "categoriesIds": sorted(product["categoriesIds"])} for product in self.products}
