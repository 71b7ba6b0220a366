"""Trial: the whole catalogue through `pimento load`, with bad lines among the good ones."""

import json
import os
import re
import subprocess
import time

import catalogue_check
from catalogue import Catalogue, find_folder
from server import PASSWORD, Server, peak_mib
from trial import Watch

LOAD_SECONDS = 600
BAD_EVERY = 1500  # lines
SUMMARY = re.compile(r"(\d+) created, (\d+) updated, (\d+) unchanged, (\d+) failed")
PRODUCT = b'{"entity":"Product","payload":%s}'
# Each line, and whether it is to be reported.
BAD_LINES = [
    (b'{"entity":"Product","payload":{"name":"cut off"', True),
    (b"not JSON at all", True),
    (b"[1,2,3]", True),
    (b'{"payload":{"name":"no entity"}}', True),
    (b'{"entity":"Product"}', True),
    (b'{"entity":"NoSuchEntity","payload":{"name":"x"}}', True),
    (b"", False),
    (b"   \t ", False),
    (PRODUCT % b'{"sku":"bad-1"}', True),
    (PRODUCT % b'{"name":"no such brand","sku":"bad-2","brandId":"no-such-brand"}', True),
    (PRODUCT % b'{"name":"bad bytes \xff\xfe","sku":"bad-3"}', True),
    (PRODUCT % b'{"name":"wrong type","sku":"bad-4","price":{"amount":3}}', True),
    (PRODUCT % b'{"name":"wrong option","sku":"bad-5","productStatus":"nonsense"}', True),
    (PRODUCT % (b'{"name":"' + b"x" * 300 + b'","sku":"bad-6"}'), True),
    (PRODUCT % (b'{"name":"deep","sku":"bad-7","data":' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}"), True),
    (PRODUCT % b'{"name":"bad id","id":"../../etc/passwd","sku":"bad-8"}', True),
]


def run(trial):
    catalogue = Catalogue(find_folder())
    directory = trial.directory("load")
    path, good, bad = write_file(directory / "catalogue.ndjson", catalogue)
    trial.say(f"{path.stat().st_size >> 20} MiB, {good} good lines, {len(bad)} bad ones")
    check_load(trial, directory, path, bad, (good, 0, 0, len(bad)))
    check_load(trial, directory, path, bad, (0, 0, good, len(bad)))
    with Server(trial.binary, directory / "data") as server:
        client = server.client()
        catalogue_check.CatalogueCheck(trial, client, catalogue).run()
        compare_digests(trial, catalogue_check.digest(client))
    check_refusals(trial, directory)


def write_file(path, catalogue):
    """The file, how many good lines, and the numbers of the lines that must be reported."""
    linked, products = catalogue.items()
    lines = [json.dumps(each, ensure_ascii=False).encode() for each in linked + products]
    good = len(lines)
    places = range(good, 0, -BAD_EVERY)
    bad = iter(BAD_LINES * (len(places) // len(BAD_LINES) + 1))
    reported = set()
    chosen = [(place, *next(bad)) for place in places]
    for place, line, is_reported in reversed(chosen):
        shift = sum(1 for other, _, _ in chosen if other < place)
        lines.insert(place + shift, line)
        if is_reported:
            reported.add(place + shift + 1)
    path.write_bytes(b"\n".join(lines))  # the last line has no end
    return path, good, reported


def load(trial, directory, source, name="data", arguments=()):
    """Exit code, standard output, standard error, peak MiB."""
    command = [str(trial.binary), "load", str(source), "--data", str(directory / name), "--log-level", "warning",
               *arguments]
    with open(directory / "load.out", "wb") as out, open(directory / "load.err", "wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
                                   env={**os.environ, "PIMENTO_ADMIN_PASSWORD": PASSWORD})
        peak = watch_memory(process)
    read = lambda file: (directory / file).read_text(encoding="utf-8", errors="replace")
    return process.returncode, read("load.out"), read("load.err"), peak


def watch_memory(process):
    peak = 0
    end = time.monotonic() + LOAD_SECONDS
    while process.poll() is None:
        peak = max(peak, peak_mib(process.pid))
        time.sleep(0.02)
        if time.monotonic() > end:
            process.kill()
    return peak


def check_load(trial, directory, path, bad, counts):
    watch = Watch()
    code, output, errors, peak = load(trial, directory, path)
    match = SUMMARY.search(output)
    trial.check(code == 1, f"exit code {code}, 1 means that some lines failed; {errors[-300:]}")
    trial.check(match is not None and tuple(map(int, match.groups())) == counts,
                f"the summary is {output.strip()!r}, should be {counts}")
    reported = {int(number) for number in re.findall(r"^line (\d+): \S", errors, re.MULTILINE)}
    trial.check(reported == bad, f"lines reported and not bad: {sorted(reported - bad)}, bad and not reported: "
                f"{sorted(bad - reported)}")
    trial.say(f"pimento load: {watch.rate(sum(counts))}, peak memory {peak:.0f} MiB; it says: {output.strip()}")


def compare_digests(trial, own):
    other = trial.notes.get("http digest")
    if other is None:
        trial.say("the HTTP upload was not held in this run: nothing to compare with")
        return
    trial.check(own == other, "the data differ from those that came by HTTP")
    trial.say("the same data as by HTTP: " + ("yes" if own == other else "NO"))


def check_refusals(trial, directory):
    """What can't be loaded at all is said, with exit code 2 and no trace."""
    code, _, errors, _ = load(trial, directory, directory / "no-such-file", "fresh")
    trial.check(code == 2 and "No such file" in errors, f"a missing file: exit code {code}, {errors!r}")
    empty = directory / "empty.ndjson"
    empty.write_bytes(b"")
    code, output, _, _ = load(trial, directory, empty, "fresh")
    trial.check(code == 0 and output.startswith("0 created"), f"an empty file: exit code {code}, {output!r}")
