"""Measures the three arms of dLoRA's second experiment on a real server: static, proactive, co-migration.

    python3 arms.py [OPTION...] -- java -jar target/dlora.jar --dlora.model=MODEL --dlora.adapters.roots=ADAPTERS

The command is started once for each arm, with two replicas of one thread, each with a memory for --resident adapters beside its least KV cache:

  static        each request to the least loaded replica that hosts its adapter; adapters are dealt to the replicas in order of popularity, and stay
  proactive     requests to the replica where they are predicted to end soonest, adapters copied ahead of bursts
  co-migration  the same, and requests and adapters move when loads have drifted apart

Each server gets the same open loops, one for each rate: Poisson arrivals, Zipf's law, log-normal lengths. Twice a second the requests on each replica are read.
The script prints a Markdown table; --out keeps each row as a line of JSON. JAR (target/dlora.jar) sends the load.
"""
import argparse
import json
import math
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

REPLICAS = 2
SETTINGS = {
    "static": {"dispatch.policy": "least-loaded", "placement.enabled": "false", "rebalance.enabled": "false"},
    "proactive": {"dispatch.policy": "predicted-finish", "placement.enabled": "true", "rebalance.enabled": "false"},
    "co-migration": {"dispatch.policy": "predicted-finish", "placement.enabled": "true", "rebalance.enabled": "true"},
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rates", default="0.5,1,1.5,2", help="arrivals per second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=120, help="of arrivals for each rate (%(default)s)")
    parser.add_argument("--arms", default=",".join(SETTINGS), help="(%(default)s)")
    parser.add_argument("--models", help="names of adapters, the most popular first; without it lora0, lora1, ...")
    parser.add_argument("--adapters", type=int, default=32, help="how many without --models (%(default)s)")
    parser.add_argument("--resident", type=int, default=16, help="adapters that a memory has room for beside the least KV cache (%(default)s)")
    parser.add_argument("--deal", choices=("blocks", "turns"), default="blocks",
                        help="static: the most popular ones together on replica 0, as `simulate` does it, or the replicas in turn (%(default)s)")
    parser.add_argument("--kv", type=int, default=128, help="least KV cache of a replica in MB (%(default)s)")
    parser.add_argument("--zipf", default="1", help="(%(default)s)")
    parser.add_argument("--prompt", default="128", help="mean tokens (%(default)s)")
    parser.add_argument("--output", default="64", help="mean tokens (%(default)s)")
    parser.add_argument("--spread", default="0.6", help="log-normal sigma of both (%(default)s)")
    parser.add_argument("--warmup", type=int, default=48, help="requests to each server before the first rate (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first rate (%(default)s)")
    parser.add_argument("--bench", default="", help="more options of `bench`, such as '--vocab-low 32 --vocab-high 127'")
    parser.add_argument("--out", help="file that rows are appended to, with the whole reports")
    parser.add_argument("--log", default="arms.log", help="file of the servers' logs (%(default)s)")
    if "--" not in sys.argv:
        parser.error("the server's command is missing; it stands behind --")
    cut = sys.argv.index("--")
    return parser.parse_args(sys.argv[1:cut]), sys.argv[cut + 1:]


options, command = arguments()
models = options.models.split(",") if options.models else [f"lora{i}" for i in range(options.adapters)]
share = math.ceil(len(models) / REPLICAS)
if share > options.resident:
    sys.exit(f"{REPLICAS} memories for {options.resident} adapters each cannot host {len(models)}: give --resident {share} at least")
log = open(options.log, "w", encoding="utf-8")


class Server:
    """A running server, which is asked to end at the end of a block."""

    def __init__(self, settings):
        arguments = [f"--dlora.{name}={value}" for name, value in settings.items()]
        self.process = subprocess.Popen(command + arguments + ["--server.port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        for line in self.process.stdout:
            log.write(line)
            found = re.search(r"Ready at (http://[^ ]+) with model", line)
            if found:
                self.url = found[1]
                threading.Thread(target=self.drain, daemon=True).start()
                return self
        sys.exit(f"The server ended before it was ready; its log is {options.log}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def drain(self):
        for line in self.process.stdout:
            log.write(line)
        log.flush()

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit(f"{path}: {error.code}, {error.read().decode()}")

    def adapters(self):
        return {one["name"]: one for one in self.call("/admin/adapters")["adapters"] if one["name"] in models}

    def count(self, name, label=""):
        """Sum of a counter over its labels, or over those with one."""
        with urllib.request.urlopen(self.url + "/actuator/prometheus", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        found = (re.fullmatch(name + r"(\{.*\})? (\S+)", line) for line in lines)
        return sum(float(sample[2]) for sample in found if sample and label in (sample[1] or ""))


def settings(arm, memory):
    found = {"kv-cache.size": f"{options.kv}MB", **SETTINGS[arm]}
    for i in range(REPLICAS):
        found[f"replicas[{i}].threads"] = "1"
        found[f"replicas[{i}].memory"] = f"{memory}B"
    return found


def largest():
    """Bytes of the largest adapter, from a server without a memory for each replica."""
    with Server({"replicas[0].threads": "1", "kv-cache.size": f"{options.kv}MB"}) as server:
        missing = set(models) - set(server.adapters())
        if missing:
            sys.exit("The server has no adapters " + ", ".join(sorted(missing)))
        for name in models:
            server.call(f"/admin/adapters/{name}/load", {})
            size = server.adapters()[name]["bytes"]
            yield size
            server.call(f"/admin/adapters/{name}/evict", {})


def deal(server):
    """Has each memory host its part of the adapters, and no other."""
    for name, adapter in server.adapters().items():
        if any(one["state"] != "absent" for one in adapter["memories"]):
            server.call(f"/admin/adapters/{name}/evict", {})
    for i, name in enumerate(models):
        replica = i // share if options.deal == "blocks" else i % REPLICAS
        server.call("/admin/migrations", {"adapter": name, "to": str(replica), "mode": "copy"})


def bench(server, rate, requests, seed, warmup):
    jar = os.environ.get("JAR", "target/dlora.jar")
    return subprocess.Popen(
        ["java", "-jar", jar, "bench", "--url", server.url, "--models", ",".join(models), "--zipf", options.zipf, "--rate", str(rate),
         "--requests", str(requests), "--prompt", options.prompt, "--output", options.output, "--spread", options.spread, "--seed", str(seed),
         "--warmup", str(warmup), "--json"] + options.bench.split(), stdout=subprocess.PIPE, stderr=log, text=True)


def measure(server, arm, rate, seed):
    before = counts(server)
    load = bench(server, rate, max(1, round(rate * options.seconds)), seed, 4)
    answer = []
    reader = threading.Thread(target=lambda: answer.append(load.stdout.read()))
    reader.start()
    queues = []
    try:
        following = time.monotonic()
        while load.poll() is None:
            queues.append([one["running"] + one["waiting"] for one in server.call("/admin/replicas")["replicas"]])
            following = max(following + 0.5, time.monotonic())
            time.sleep(max(0, following - time.monotonic()))
    finally:
        if load.poll() is None:
            load.terminate()
    reader.join()
    if not answer[0].strip():
        sys.exit(f"`bench` gave no report; see {options.log}")
    report = json.loads(answer[0])
    after = counts(server)
    row = {"arm": arm, "rate": rate, "done": report["done"], "failed": report["failed"], **{name: after[name] - before[name] for name in after}}
    if report["done"]:
        row |= {"mean": report["s_per_token"]["mean"], "p90": report["s_per_token"]["p90"], "tokens": report["output_tok_s"]}
    unfinished = sum(map(sum, queues))
    if unfinished:
        row |= {"imbalance": round(REPLICAS * sum(map(max, queues)) / unfinished, 2), "longest": max(map(max, queues))}
    if options.out:
        with open(options.out, "a", encoding="utf-8") as out:
            out.write(json.dumps(row | {"report": report, "queues": queues}) + "\n")
    return row


def counts(server):
    return {"moves": int(server.count("dlora_migrations_total", 'outcome="moved"')), "loads": int(server.count("dlora_adapter_load_seconds_count"))}


sizes = list(largest())
memory = (options.kv << 20) + int(1.01 * options.resident * max(sizes)) + (1 << 20)
print(f"{len(models)} adapters of at most {max(sizes) / 1e6:.1f} MB; each of {REPLICAS} replicas has {memory / 1e6:.0f} MB", file=sys.stderr)
rows = []
for arm in options.arms.split(","):
    with Server(settings(arm, memory)) as server:
        if arm == "static":
            deal(server)
        bench(server, 0, options.warmup, options.seed + 1000, 0).communicate()
        for i, rate in enumerate(map(float, options.rates.split(","))):
            rows.append(measure(server, arm, rate, options.seed + i))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)

columns = {"arm": "arm", "rate": "requests/s", "mean": "mean s/token", "p90": "p90 s/token", "tokens": "output tokens/s", "imbalance": "queue, max/mean",
           "longest": "longest queue", "moves": "moves", "loads": "loads", "failed": "failed"}
print("| " + " | ".join(columns.values()) + " |")
print("|---" * len(columns) + "|")
for row in rows:
    print("| " + " | ".join(str(row.get(name, "–")) for name in columns) + " |")
