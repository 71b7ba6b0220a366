"""Scenario files: text to blocks. README.md beside this file describes the format."""

import json
import re
from dataclasses import dataclass, field

REQUEST_LINE = re.compile(r"^([A-Z]+) (\S.*?)(?: HTTP/\d\.\d)?$")
HEADER = re.compile(r"^([^:\s]+):[ \t]*(.*?)[ \t]*$")
STATUS = re.compile(r"^>>> (\d\dx|\dxx|\d{3}|closed)$")
VARIABLE = re.compile(r"\{\{([^{}\"]*)\}\}")
SAVE = re.compile(r"^([a-z]\w*) = (\S+)$")
ENGINE = re.compile(r"--database|PIMENTO_DATABASE|postgres(ql)?://", re.IGNORECASE)
EXPECTATIONS = ("header", "no-header", "body", "contains", "lacks", "json", "absent", "list-count", "save")


class ScenarioError(Exception):
    """A file that can't be read as scenarios; says file and line."""


@dataclass
class Expectation:
    kind: str
    argument: object
    line: int


@dataclass
class Block:
    name: str
    line: int
    logins: list = field(default_factory=list)  # (user, password)
    is_anonymous: bool = False
    restarts: bool = False
    is_awaited: bool = False
    raw: str = None  # Python escapes
    method: str = None
    path: str = None
    headers: list = field(default_factory=list)  # (name, value)
    body: str = ""
    status: str = None
    expectations: list = field(default_factory=list)

    def has_request(self):
        return self.method is not None or self.raw is not None


@dataclass
class ScenarioFile:
    name: str
    environment: dict = field(default_factory=dict)
    serve_arguments: list = field(default_factory=lambda: ["--demo"])
    blocks: list = field(default_factory=list)


class Lines:
    """The lines of a file with a place in them."""

    def __init__(self, name, text):
        self.name = name
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.at = 0

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else None

    def next(self):
        self.at += 1
        return self.lines[self.at - 1]

    def is_in_block(self):
        return self.at < len(self.lines) and not self.lines[self.at].startswith("###")

    def error(self, reason, line=None):
        return ScenarioError(f"{self.name}:{line or self.at}: {reason}")


def is_idle(line):
    return line.strip() == "" or line.startswith("#")


def parse(name, text):
    lines = Lines(name, text)
    file = ScenarioFile(name)
    engine = ENGINE.search(text)
    if engine:
        raise lines.error(f"a scenario holds for every engine and names none: {engine[0]}")
    parse_head(lines, file)
    while lines.peek() is not None:
        file.blocks.append(parse_block(lines))
    if not file.blocks:
        raise lines.error("no block; each starts with a line ###")
    return file


def parse_head(lines, file):
    while lines.is_in_block():
        line = lines.next()
        word, _, rest = line.partition(" ")
        if is_idle(line):
            continue
        if word == "env" and "=" in rest:
            name, _, value = rest.partition("=")
            file.environment[name] = value
        elif word == "serve":
            file.serve_arguments = rest.split()
        else:
            raise lines.error("before the first ### only env, serve and # comments can stand")


def parse_block(lines):
    title = lines.next()[3:].strip()
    block = Block(title, lines.at)
    parse_steps(lines, block)
    if not block.has_request():
        if not block.logins and not block.restarts:
            raise lines.error("a block without a request", block.line)
        block.name = block.name or "login"
        return block
    block.name = block.name or (f"{block.method} {block.path}" if block.method else "raw request")
    if block.raw is None:
        parse_headers(lines, block)
        parse_body(lines, block)
    parse_expectations(lines, block)
    return block


def parse_steps(lines, block):
    """What stands before the request, and the request line."""
    while lines.is_in_block():
        if lines.peek().startswith(">>>") and block.raw is not None:
            return
        line = lines.next()
        words = line.split()
        if is_idle(line):
            continue
        if words[0] == "login" and len(words) == 3:
            block.logins.append((words[1], words[2]))
        elif words == ["anonymous"]:
            block.is_anonymous = True
        elif words == ["eventually"]:
            block.is_awaited = True
        elif words == ["restart"]:
            block.restarts = True
        elif words[0] == "raw":
            block.raw = (block.raw or "") + line[4:]
        else:
            match = REQUEST_LINE.match(line)
            if not match or block.raw is not None:
                raise lines.error(f"neither a step nor a request line: {line!r}")
            block.method, block.path = match[1], match[2]
            return


def parse_headers(lines, block):
    while lines.is_in_block() and not lines.peek().startswith(">>>"):
        line = lines.next()
        if line.strip() in ("", ":"):
            return
        match = HEADER.match(line)
        if not match:
            raise lines.error(f"not a header: {line!r}")
        block.headers.append((match[1], match[2]))


def parse_body(lines, block):
    body = []
    while lines.is_in_block() and not lines.peek().startswith(">>>"):
        body.append(lines.next())
    block.body = "\n".join(body).strip("\n")


def parse_expectations(lines, block):
    match = STATUS.match(lines.next().rstrip()) if lines.is_in_block() else None
    if not match:
        raise lines.error("a request needs its answer: >>> 200, >>> 4xx or >>> closed")
    block.status = match[1]
    while lines.is_in_block():
        line = lines.next()
        if is_idle(line):
            continue
        kind, _, argument = line.partition(" ")
        if kind not in EXPECTATIONS:
            raise lines.error(f"unknown expectation: {line!r}")
        number = lines.at
        if kind == "json":
            argument = parse_json(lines, argument)
        elif kind == "header" and not HEADER.match(argument):
            raise lines.error("header Name: value, or header Name: *")
        elif kind == "save":
            save = SAVE.match(argument)
            if not save:
                raise lines.error("save name = json.path")
            argument = (save[1], save[2])
        elif kind == "list-count" and not argument.isdigit():
            raise lines.error("list-count N")
        block.expectations.append(Expectation(kind, argument, number))


def parse_json(lines, text):
    """JSON may go on over several lines; it ends where it is complete. Gives the text, not the value."""
    start = lines.at
    while True:
        try:
            json.loads(VARIABLE.sub("0", text))
            return text
        except ValueError as error:
            if not lines.is_in_block():
                raise lines.error(f"json: {error}", start) from None
            text += "\n" + lines.next()
