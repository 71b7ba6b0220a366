"""Expectations: compares an answer with what a scenario says about it. Each check gives a list of differences."""

import json
import re

ID = re.compile(r"a[0-9a-z]{26}")
DATETIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


class Missing(Exception):
    """A JSON path that leads nowhere."""


def find(value, path):
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise Missing(path)
    return value


def text_of(value):
    return json.dumps(value, ensure_ascii=False)


def compare(expected, actual, path="$"):
    """Differences between a partial JSON value and an answer; types count: 3 is not 3.0, 1 is not true."""
    if isinstance(expected, str) and expected.startswith("*"):
        return compare_wildcard(expected, actual, path)
    if type(expected) is not type(actual):
        return [f"{path}: expected {text_of(expected)}, got {text_of(actual)}"]
    if isinstance(expected, dict):
        return compare_objects(expected, actual, path)
    if isinstance(expected, list):
        return compare_lists(expected, actual, path)
    return [] if expected == actual else [f"{path}: expected {text_of(expected)}, got {text_of(actual)}"]


def compare_wildcard(expected, actual, path):
    if expected == "*":
        matches = actual is not None
    elif expected == "*id":
        matches = isinstance(actual, str) and ID.fullmatch(actual) is not None
    elif expected == "*datetime":
        matches = isinstance(actual, str) and DATETIME.fullmatch(actual) is not None
    else:
        matches = expected == actual
    return [] if matches else [f"{path}: expected {expected}, got {text_of(actual)}"]


def compare_objects(expected, actual, path):
    differences = []
    for key, value in expected.items():
        if key in actual:
            differences += compare(value, actual[key], f"{path}.{key}")
        else:
            differences.append(f"{path}.{key}: expected {text_of(value)}, but it is absent")
    return differences


def compare_lists(expected, actual, path):
    if len(expected) != len(actual):
        return [f"{path}: expected {len(expected)} elements, got {len(actual)}"]
    differences = []
    for index, value in enumerate(expected):
        differences += compare(value, actual[index], f"{path}.{index}")
    return differences


def check_status(expected, answer):
    if expected == "closed":
        return ["expected the connection to close without an answer"] if answer.status else []
    if not answer.status:
        return [f"expected status {expected}, but the connection was closed"]
    pattern = expected.replace("x", r"\d")
    return [] if re.fullmatch(pattern, str(answer.status)) else [f"expected status {expected}, got {answer.status}"]


def check_header(argument, answer):
    name, _, expected = argument.partition(":")
    expected = expected.strip()
    actual = answer.header(name)
    if actual is None:
        return [f"header {name}: expected {expected}, but it is absent"]
    pattern = ".*".join(re.escape(part) for part in expected.split("*"))
    return [] if re.fullmatch(pattern, actual) else [f"header {name}: expected {expected}, got {actual}"]


def check_no_header(argument, answer):
    actual = answer.header(argument.strip())
    return [] if actual is None else [f"header {argument.strip()} should be absent, got {actual}"]


def check_body(argument, answer):
    return [] if answer.text() == argument else [f"body: expected {argument!r}, got {answer.text()[:200]!r}"]


def check_contains(argument, answer):
    return [] if argument in answer.text() else [f"body should contain {argument!r}"]


def check_lacks(argument, answer):
    return [] if argument not in answer.text() else [f"body should not contain {argument!r}"]


def check_json(argument, answer):
    return compare(json.loads(argument), answer.json())


def check_absent(argument, answer):
    try:
        actual = find(answer.json(), argument.strip())
    except Missing:
        return []
    return [f"{argument.strip()} should be absent, got {text_of(actual)}"]


def check_list_count(argument, answer):
    value = answer.json()
    rows = value.get("list") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        return ["list-count: the answer holds no list"]
    return [] if len(rows) == int(argument) else [f"expected {argument} rows, got {len(rows)}"]


CHECKS = {
    "header": check_header,
    "no-header": check_no_header,
    "body": check_body,
    "contains": check_contains,
    "lacks": check_lacks,
    "json": check_json,
    "absent": check_absent,
    "list-count": check_list_count,
}


def check(kind, argument, answer):
    try:
        return CHECKS[kind](argument, answer)
    except ValueError as error:
        return [f"{kind}: the answer is not JSON ({error})"]
