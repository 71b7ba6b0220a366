"""Languages added to a running instance: under writers, seen by other processes, with the process killed meanwhile."""

import contextlib
import random
import threading
import time

from client import Client, ClientError
from stage import check
from writers import Writers, wait_until

CODES = ("de_DE", "fr_FR", "sr_Latn_RS", "zh_CN", "pl_PL")
KILL_WITHIN_MS = 400  # a change takes about so long under a sanitizer on a busy machine


def key_of(code):
    return "name" + "".join(part.capitalize() for part in code.split("_"))


def languages_of(client):
    return client.get("/api/v1/Metadata")["multilang"]["languageList"][1:]


def add(client, code):
    return client.post("/api/v1/Language", {"name": code, "code": code})["id"]


def takes_values_in(client, code):
    """The name in that language is stored, and shown both ways."""
    made = client.post("/api/v1/Product", {"name": "main", key_of(code): code})
    path = f"/api/v1/Product/{made['id']}"
    if key_of(code) not in made:
        return False
    alone = client.exchange("GET", path, headers={"language": code})
    check(client.get(path)[key_of(code)] == code, f"{code} is not kept")
    check(alone[0] == 200 and f'"name":"{code}"'.encode() in alone[1], f"{code} is not read: {alone}")
    found = client.get(f"/api/v1/Product?where[0][attribute]={key_of(code)}&where[0][type]=contains"
                       f"&where[0][value]={code[1:]}&select=id")
    check(made["id"] in [each["id"] for each in found["list"]], f"{code} is not found")
    return True


def check_writers(writers):
    check(not writers.failures(), f"refused writes: {writers.statuses}")
    check(writers.lost() == [], f"acknowledged and not there: {writers.lost()}")


def both_engines(stage):
    return (None, stage.cluster.new_database())


def test_languages_are_added_under_writers(stage, _rounds):
    for database in both_engines(stage):
        client = Client(stage.server(database))
        client.login("admin", "admin")
        with Writers(client, 8) as writers:
            for code in CODES:
                writers.await_more(10)
                add(client, code)
                check(takes_values_in(client, code), f"{code} is not known at once")
            writers.await_more(10)
        check_writers(writers)
        check(languages_of(client) == list(CODES), languages_of(client))


def test_a_language_added_on_one_process_is_known_to_another_within_a_second(stage, _rounds):
    database = stage.cluster.new_database()
    one, other = Client(stage.server(database)), Client(stage.server(database))
    one.login("admin", "admin")
    other.token = one.token
    with Writers(other, 4) as writers:
        for code in CODES:
            writers.await_more(5)
            identifier = add(one, code)
            check(wait_until(lambda name=code: name in languages_of(other), 1), f"{code} is not known after a second")
            check(takes_values_in(other, code), f"{code} can't be written")
            if code == CODES[1]:
                one.request("DELETE", f"/api/v1/Language/{identifier}")
                check(wait_until(lambda name=code: name not in languages_of(other), 1), f"{code} is still known")
                status, _ = other.exchange("GET", "/api/v1/Product", headers={"language": code})
                check(status == 400, f"{code} is still read: {status}")
    check_writers(writers)
    check(languages_of(one) == languages_of(other) == [code for code in CODES if code != CODES[1]], "they differ")


def test_two_processes_add_languages_at_once(stage, rounds):
    database = stage.cluster.new_database()
    clients = [Client(stage.server(database)), Client(stage.server(database))]
    for client in clients:
        client.login("admin", "admin")
    codes = [f"{first}{second}" for first in "ab" for second in "abcdefghij"][:4 * rounds]
    threads = [threading.Thread(target=lambda at=at: [add(clients[at], code) for code in codes[at::2]])
               for at in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        check(wait_until(lambda each=client: sorted(languages_of(each)) == sorted(codes), 1), languages_of(client))
        check(takes_values_in(client, codes[0]) and takes_values_in(client, codes[-1]), "no values")


def add_and_be_killed(server, client, code, seconds):
    """True when it was acknowledged."""
    answers = []

    def post():
        with contextlib.suppress(ClientError):
            answers.append(add(client, code))

    poster = threading.Thread(target=post)
    poster.start()
    time.sleep(seconds)
    server.process.kill()
    server.process.wait()
    poster.join()
    return bool(answers)


def check_old_or_new(client, code, was_acknowledged):
    stored = [each["code"] for each in client.get("/api/v1/Language?sortBy=createdAt&maxSize=200")["list"]
              if each["role"] == "additional"]
    check(sorted(stored) == sorted(languages_of(client)), f"{stored} are stored, {languages_of(client)} are known")
    check(code in stored or not was_acknowledged, f"{code} was acknowledged and is not there")
    check(takes_values_in(client, code) == (code in stored), f"{code} is between")
    return code in stored


def test_a_kill_while_a_language_is_added_leaves_the_old_or_the_new(stage, rounds):
    for database in both_engines(stage):
        server = stage.server(database)
        client = Client(server)
        client.login("admin", "admin")
        chance = random.Random(7)
        made = 0
        for number in range(rounds * 4):
            code = "x" + "abcdefghijklmnopqrstuvwxyz"[number % 26] + f"_{number:02d}"
            known = add_and_be_killed(server, client, code, chance.random() * KILL_WITHIN_MS / 1000)
            server.start()
            made += check_old_or_new(client, code, known)
        print(f"     {made} of {rounds * 4} languages were there", flush=True)
