"""Mass updates as jobs: products to change, and how far a job is."""

from writers import wait_until

RECORDS = 5000
JOB_SECONDS = 120


def make_products(client, count=RECORDS):
    for first in range(0, count, 1000):
        items = [{"entity": "Product", "payload": {"id": f"m{number:06d}", "name": f"number {number}", "price": 1}}
                 for number in range(first, min(first + 1000, count))]
        client.post("/api/v1/MassActions/action/upsert", items)


def begin(client, values):
    """A job that gives all products these values; the filter holds for none of them afterwards."""
    answer = client.put("/api/v1/Product/action/massUpdate", {
        "byWhere": True, "attributes": values,
        "where": [{"type": "notEquals", "attribute": "price", "value": values["price"]}]})
    return answer["jobId"]


def read(client, job):
    return client.get(f"/api/v1/Job/{job}")


def await_processed(client, job, count):
    return wait_until(lambda: read(client, job)["processed"] >= count, JOB_SECONDS)


def await_end(client, job):
    wait_until(lambda: read(client, job)["status"] not in ("Pending", "Running"), JOB_SECONDS)
    return read(client, job)


def count_changes(client, number):
    """How often a product was written, its creation included."""
    return client.get(f"/api/v1/Product/m{number:06d}/history?maxSize=1")["total"]


def products(client):
    return client.get("/api/v1/Product?select=price,note&sortBy=id&asc=true&maxSize=10000")["list"]
