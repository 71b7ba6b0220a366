"""Filters in the contract's JSON form, and the records they must find, computed without the server."""

from folding import fold, like_expression


def item(name, kind, value=None):
    return {"attribute": name, "type": kind, "value": value}


def group(kind, *items):
    return {"type": kind, "value": list(items)}


def catalogue_filters(products, brands):
    """About forty. `products` are read back from the server, so that dates are known too."""
    some = products[len(products) // 3]
    brand = next(name for name in sorted(brands.values()) if not name.isascii())
    dates = sorted(product["createdAt"] for product in products)
    middle = dates[len(dates) // 2]
    ids = [product["id"] for product in products[::997]]
    return [
        [item("id", "equals", some["id"])], [item("id", "in", ids)], [item("id", "in", [])],
        [item("sku", "equals", some["sku"])], [item("sku", "startsWith", some["sku"][:6].upper())],
        [item("name", "equals", some["name"])], [item("name", "equals", some["name"].upper())],
        [item("name", "notEquals", some["name"])],
        [item("name", "contains", "geforce rtx")], [item("name", "contains", "GÉFORCE RTX 4090")],
        [item("name", "contains", "alpenfohn")], [item("name", "contains", "ALPENFÖHN")],
        [item("name", "startsWith", "ＡＳＵＳ rog")], [item("name", "contains", "ﬁlter")],
        [item("name", "contains", "ryzentm 5")], [item("name", "contains", "™")],
        [item("name", "contains", "4k")], [item("name", "contains", "z")], [item("name", "contains", "100%")],
        [item("name", "contains", '27" ')], [item("name", "contains", "_")], [item("name", "contains", "\\")],
        [item("name", "contains", "(black) -")], [item("name", "contains", "no such thing at all")],
        [item("name", "notContains", "gaming")],
        [item("name", "startsWith", "ASUS rog")], [item("name", "endsWith", "WHITE")],
        [item("name", "notStartsWith", "corsair")], [item("name", "notEndsWith", "black")],
        [item("name", "like", "%rtx 30_0%")], [item("name", "like", "AMD Ryzen _ ____X")],
        [item("name", "like", "%ddr5%32gb%")], [item("name", "notLike", "%a%")],
        [item("number", "isNull")], [item("mpn", "isNotNull")], [item("description", "isEmpty")],
        [item("number", "in", [product["number"] for product in products[::1511] if product["number"]])],
        [item("productStatus", "in", ["draft", "ready"])], [item("productStatus", "notIn", ["draft"])],
        [item("isActive", "isTrue")], [item("isActive", "equals", False)],
        [item("price", "between", [100, 199.99])], [item("price", "greaterThan", 1999.5)],
        [item("price", "isNull")], [item("quantity", "lessThanOrEquals", 3)], [item("quantity", "equals", 250)],
        [item("createdAt", "greaterThan", middle)], [item("createdAt", "between", [dates[0], middle])],
        [item("brandId", "equals", some["brandId"])], [item("brandId", "isNull")],
        [item("brandName", "equals", brand)], [item("brandName", "contains", "SHARKOON")],
        [item("brandName", "startsWith", "cor")],
        [group("or", item("name", "contains", "noctua"), item("price", "lessThan", 5))],
        [group("not", item("price", "greaterThan", 10))],
        [group("not", item("number", "contains", "a"), item("isActive", "isTrue"))],
        [item("isActive", "isTrue"), group("or", group("and", item("name", "contains", "intel"),
                                                       item("quantity", "between", [10, 90])),
                                           item("brandName", "equals", brand))],
    ]


# ---- what they mean; None is SQL's unknown ----


def sql_not(value):
    return None if value is None else not value


def both(values):
    values = list(values)
    return False if False in values else None if None in values else True


def either(values):
    values = list(values)
    return True if True in values else None if None in values else False


def contains(text, part):
    return fold(part) in fold(text)


def starts_with(text, part):
    return fold(text).startswith(fold(part))


def ends_with(text, part):
    return fold(text).endswith(fold(part))


def is_like(text, pattern):
    return like_expression(pattern).fullmatch(fold(text)) is not None


# By name; each of them is unknown for null.
COMPARISONS = {
    "equals": lambda value, wanted: value == wanted,
    "greaterThan": lambda value, wanted: value > wanted,
    "greaterThanOrEquals": lambda value, wanted: value >= wanted,
    "lessThan": lambda value, wanted: value < wanted,
    "lessThanOrEquals": lambda value, wanted: value <= wanted,
    "between": lambda value, wanted: wanted[0] <= value <= wanted[1],
    "in": lambda value, wanted: value in wanted,
    "isTrue": lambda value, wanted: value is True,
    "isFalse": lambda value, wanted: value is False,
    "contains": contains,
    "startsWith": starts_with,
    "endsWith": ends_with,
    "like": is_like,
}
NULL_TESTS = {
    "isNull": lambda value: value is None,
    "isNotNull": lambda value: value is not None,
    "isEmpty": lambda value: value in (None, "", []),
    "isNotEmpty": lambda value: value not in (None, "", []),
}


def holds(record, condition):
    """True, False or None."""
    kind, wanted = condition["type"], condition["value"]
    if kind in ("and", "or", "not"):
        parts = [holds(record, part) for part in wanted]
        return both(parts) if kind == "and" else either(parts) if kind == "or" else both(parts) is not True
    value = record[condition["attribute"]]
    if kind in NULL_TESTS:
        return NULL_TESTS[kind](value)
    if value is None:
        return None
    if kind in COMPARISONS:
        return COMPARISONS[kind](value, wanted)
    positive = kind[3].lower() + kind[4:]  # notContains -> contains
    return sql_not(COMPARISONS[positive](value, wanted))


def find(records, where):
    """The ids of the records that satisfy all items."""
    return {record["id"] for record in records if both(holds(record, each) for each in where) is True}
