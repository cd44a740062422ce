"""Serves many adapters from a memory for some of them, and tells hits, loads, waits and resident size.

    python3 residency.py ADAPTERS RESIDENT RATE MINUTES COMMAND...

COMMAND starts a server with the adapters lora0, lora1, ... (ADAPTERS of them, of equal size) and memory for RESIDENT. Requests arrive at RATE per second as a Poisson process,
their adapters by Zipf's law; JAR (target/dlora.jar) sends them. Every second the process's resident size and the bytes of the books are
read. The command ends the server by SIGTERM.
"""
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request

count, resident, rate, minutes, command = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]
jar = os.environ.get("JAR", "target/dlora.jar")
server = subprocess.Popen(command + ["--server.port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
for line in server.stdout:
    found = re.search(r"Ready at (http://[^ ]+) with model", line)
    if found:
        break
else:
    sys.exit("It ended before it was ready")
url = found[1]
threading.Thread(target=lambda: [None for _ in server.stdout], daemon=True).start()


def metrics():
    sums = {}
    for line in urllib.request.urlopen(url + "/actuator/prometheus").read().decode().splitlines():
        sample = re.match(r"(dlora_\w+)(?:\{(.*)\})? (\S+)", line)
        if sample:
            use = re.search(r'(?:use|residency)="(\w+)"', sample[2] or "")
            key = sample[1] + (":" + use[1] if use else "")
            sums[key] = sums.get(key, 0) + float(sample[3])
    return sums


def process():
    """Of the server and what it started, the one with most memory: bytes that are resident."""
    found = [server.pid]
    for pid in found:
        for thread in os.listdir(f"/proc/{pid}/task"):
            try:
                found += [int(child) for child in open(f"/proc/{pid}/task/{thread}/children").read().split()]
            except FileNotFoundError:
                pass  # The thread has ended.
    return max(int(open(f"/proc/{pid}/statm").read().split()[1]) * 4096 for pid in found)


def lru(asked):
    """Hits of a memory that evicts what was asked for longest ago."""
    held, hits = {}, 0
    for adapter in asked:
        hits += held.pop(adapter, False)
        held[adapter] = True
        if len(held) > resident:
            del held[next(iter(held))]
    return hits


def belady(asked):
    """Hits of a memory that knows the future, and evicts what is asked for latest."""
    following, later = [], {}
    for at in range(len(asked) - 1, -1, -1):
        following.append(later.get(asked[at], len(asked)))
        later[asked[at]] = at
    held, hits = {}, 0
    for adapter, following_at in zip(asked, reversed(following)):
        hits += adapter in held
        held[adapter] = following_at
        if len(held) > resident:
            del held[max(held, key=held.get)]
    return hits


before = metrics()
bench = subprocess.Popen(
    ["java", "-jar", jar, "bench", "--url", url, "--models-prefix", "lora", "--models-count", str(count), "--zipf", "1",
     "--rate", str(rate), "--requests", str(int(rate * minutes * 60)), "--seed", "7", "--json", "--each"], stdout=subprocess.PIPE, text=True)
sizes, books = [], []
answer = []
reader = threading.Thread(target=lambda: answer.append(bench.stdout.read()))
reader.start()
while bench.poll() is None:
    sizes.append(process())
    now = metrics()
    books.append({key.split(":")[1]: now[key] for key in now if key.startswith("dlora_memory_reserved_bytes:")})
    time.sleep(1)
reader.join()
after = metrics()
server.terminate()
server.wait()

changes = {key: after[key] - before.get(key, 0) for key in after}
hits, misses = changes["dlora_adapter_requests_total:hit"], changes["dlora_adapter_requests_total:miss"]
print(f"hits: {hits:.0f} of {hits + misses:.0f} requests, {100 * hits / (hits + misses):.1f} %")
for name in "dlora_adapter_load_seconds", "dlora_adapter_wait_seconds":
    calls = changes[name + "_count"]
    print(f"{name}: {calls:.0f}, mean {changes[name + '_sum'] / max(1, calls):.3f} s")
print(f"evictions: {changes['dlora_adapter_evictions_total']:.0f}")
result = json.loads(answer[0])
asked = [one["model"] for one in result["requests"]]
for name, rule in ("LRU", lru), ("Belady", belady):
    print(f"hits of {name} with the same requests: {rule(asked)} of {len(asked)}, {100 * rule(asked) / len(asked):.1f} %")
quarter = max(1, len(sizes) // 4)
for part in range(4):
    cut = sizes[part * quarter:(part + 1) * quarter] or sizes[-1:]
    print(f"resident size, quarter {part + 1}: {min(cut) / 1e6:.0f} to {max(cut) / 1e6:.0f} MB")
for use in sorted(books[0]):
    values = [book[use] for book in books]
    print(f"books, {use}: {min(values) / 1e6:.0f} to {max(values) / 1e6:.0f} MB")
print("bench: " + json.dumps({key: result[key] for key in ("done", "failed", "output_tok_s", "ttft_s", "tpot_s")}))
