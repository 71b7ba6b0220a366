"""Trial: the whole catalogue through the HTTP upsert, then everything about it checked against the source file."""

import queue
import threading

import catalogue_check
from catalogue import Catalogue, find_folder
from server import Server
from trial import Watch

BATCH_ITEMS = 100
CONNECTIONS = 4


def run(trial):
    catalogue = Catalogue(find_folder())
    with Server(trial.binary, trial.directory("http") / "data") as server:
        client = server.client()
        upload_all(trial, server, catalogue, "Created")
        catalogue_check.CatalogueCheck(trial, client, catalogue).run()
        upload_all(trial, server, catalogue, "NotModified")
        trial.notes["http digest"] = catalogue_check.digest(client)
        code, seconds = server.terminate(10)
        trial.check(code == 0, f"exit code {code} after {seconds:.1f} s")


def upload_all(trial, server, catalogue, status):
    linked, products = catalogue.items()
    upload(trial, server, "brands and categories", linked, status)
    upload(trial, server, "products", products, status)
    trial.say(f"peak memory of the server so far: {server.peak_mib():.0f} MiB")


def upload(trial, server, what, items, status):
    """In batches over a few keep-alive connections; each item must come out as `status`."""
    batches = queue.SimpleQueue()
    for start in range(0, len(items), BATCH_ITEMS):
        batches.put(items[start:start + BATCH_ITEMS])
    watch = Watch()
    threads = [threading.Thread(target=send_batches, args=(trial, server.client(60), batches, status))
               for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trial.say(f"{what}, {status}: {watch.rate(len(items))}, {CONNECTIONS} connections, batches of {BATCH_ITEMS}")


def send_batches(trial, client, batches, status):
    try:
        while True:
            batch = batches.get_nowait()
            check_outcomes(trial, batch, client.upsert(batch), status)
    except queue.Empty:
        client.close()
    except Exception as error:  # of a thread: nobody else would tell
        trial.fault(f"an upload ended with {error!r}")


def check_outcomes(trial, batch, outcomes, status):
    trial.check(len(outcomes) == len(batch), f"{len(outcomes)} outcomes for {len(batch)} items")
    for item, outcome in zip(batch, outcomes):
        if outcome["status"] != status or outcome["stored"] is not True:
            trial.fault(f"{item['entity']} {item['payload']['id']}: {str(outcome)[:300]}")
