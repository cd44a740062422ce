"""Counts how many moves of a server under load pause their stream for at most two steps and the copy of the last blocks.

    python3 pauses.py [--url URL] [--jar JAR] [--moves N] [--kv send|recompute] [--seed N] -- OPTIONS OF bench

The load is that of `dlora bench` (JAR, target/dlora.jar) with the given options, such as `--models-prefix lora --models-count 8 --concurrency 16`; it is ended after the moves.
The server is one with the administration open, and two replicas or more. Moves are made one after another: a drawn request that has tokens goes to another drawn replica.
A move is within the bound if `pause_steps` is at most 2 and `pause_seconds` at most `step_seconds` + `copy_seconds`. Events reach clients some time after their step, hence the rows with an allowance.
"""
import argparse
import json
import random
import statistics
import subprocess
import time
import urllib.error
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("--url", default="http://127.0.0.1:8080")
parser.add_argument("--jar", default="target/dlora.jar")
parser.add_argument("--moves", type=int, default=200)
parser.add_argument("--kv", default="send", choices=["send", "recompute"])
parser.add_argument("--seed", type=int, default=int(time.time()))
parser.add_argument("load", nargs="*", help="options of bench, after --")
arguments = parser.parse_args()
draw = random.Random(arguments.seed)


def get(path):
    with urllib.request.urlopen(arguments.url + path) as answer:
        return json.load(answer)


def move(request, target):
    """Whether the request was moved; it may have ended, or find no room."""
    body = json.dumps({"request": request, "to": target, "kv": arguments.kv}).encode()
    call = urllib.request.Request(arguments.url + "/admin/migrations", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(call) as answer:
            return json.load(answer)["outcome"] == "moved"
    except urllib.error.HTTPError:
        return False


def candidates():
    replicas = get("/admin/replicas")["replicas"]
    ids = [replica["id"] for replica in replicas]
    if len(ids) < 2:
        raise SystemExit("The server has one replica, so nothing can move")
    return [(request["id"], target) for replica in replicas for request in replica["requests"]
            if request["output_tokens"] > 0 and request["moving_to"] is None for target in ids if target != replica["id"]]


load = subprocess.Popen(["java", "-jar", arguments.jar, "bench", "--url", arguments.url, "--requests", "1000000", *arguments.load],
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
moved, tried, found = 0, 0, {}
try:
    while moved < arguments.moves:
        if load.poll() is not None:
            raise SystemExit(f"The load ended with {load.returncode}")
        possible = candidates()
        if not possible:
            time.sleep(0.05)
            continue
        tried += 1
        moved += move(*draw.choice(possible))
        if moved % 50 == 0:
            found.update({(one["request"], one["begun"]): one for one in get("/admin/migrations")["ended"]})
    time.sleep(1)  # The last stream has its next token by then.
finally:
    load.terminate()
    load.wait()
for one in get("/admin/migrations")["ended"]:
    found[one["request"], one["begun"]] = one
known = [one for one in found.values() if one["outcome"] == "moved" and one["pause_steps"] is not None and one["pause_seconds"] is not None]
if not known:
    raise SystemExit(f"None of {tried} moves has a pause that is known")


def within(allowance):
    return sum(one["pause_steps"] <= 2 and one["pause_seconds"] <= one["step_seconds"] + one["copy_seconds"] + allowance for one in known)


print(f"{tried} moves were ordered and {moved} made; the pauses of {len(known)} are known")
print("steps of the pause: " + ", ".join(f"{count}: {sum(one['pause_steps'] == count for one in known)}"
                                          for count in sorted({one["pause_steps"] for one in known})))
for name in ("pause_seconds", "step_seconds", "copy_seconds"):
    values = sorted(one[name] for one in known)
    print(f"{name}: median {statistics.median(values):.4f}, p90 {values[int(0.9 * (len(values) - 1))]:.4f}, most {values[-1]:.4f}")
for allowance in (0, 0.001, 0.005, 0.02):
    print(f"at most two steps, their seconds, the copy and {1000 * allowance:g} ms: {within(allowance)} of {len(known)}")
