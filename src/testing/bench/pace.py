"""Tells what loads cost the running streams: rounds in turn, with adapters loaded one after another meanwhile, and without.

    python3 pace.py URL ROUNDS RUNNING LOADED

16 streams of the adapters lora0, lora1, ... (RUNNING of them) run all the time. In every second round the LOADED adapters after them are
loaded and evicted, one after another without a pause. The server at URL has adapters lora0, lora1, ... and memory for RUNNING + 1.
JAR (target/dlora.jar) sends the requests.
"""
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

url, rounds, running, loaded = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
jar = os.environ.get("JAR", "target/dlora.jar")
seed = int(time.time())


def change(adapter, what):
    call = urllib.request.Request(f"{url}/admin/adapters/{adapter}/{what}", method="POST", headers={"X-DLoRA-Request": "1"})
    urllib.request.urlopen(call).read()


for adapter in range(running):
    change(f"lora{adapter}", "pin")
    change(f"lora{adapter}", "load")


def measure(with_loads):
    global seed
    seed += 1
    ended, seconds = threading.Event(), []

    def load():
        while not ended.is_set():
            adapter = f"lora{running + len(seconds) % loaded}"
            began = time.time()
            change(adapter, "load")
            seconds.append(time.time() - began)
            change(adapter, "evict")

    thread = threading.Thread(target=load)
    if with_loads:
        thread.start()
    output = subprocess.run(
        ["java", "-jar", jar, "bench", "--url", url, "--models-prefix", "lora", "--models-count", str(running), "--concurrency", "16",
         "--requests", "96", "--seed", str(seed), "--warmup", "4", "--json"], capture_output=True, text=True, check=True).stdout
    ended.set()
    if with_loads:
        thread.join()
    return json.loads(output), seconds


measure(False)
measure(True)
ratios, slowest = [], []
for number in range(rounds):
    alone, _ = measure(False)
    beside, seconds = measure(True)
    ratios.append(beside["output_tok_s"] / alone["output_tok_s"])
    slowest.append(alone["tpot_s"]["p99"] / beside["tpot_s"]["p99"])
    print(f"round {number + 1}: {alone['output_tok_s']:.1f} tokens/s alone, {beside['output_tok_s']:.1f} beside {len(seconds)} loads of "
          f"{statistics.mean(seconds):.2f} s, ratio {ratios[-1]:.2f}; pace of the slowest streams (p99) {slowest[-1]:.2f}", flush=True)
print(f"medians: ratio {statistics.median(ratios):.2f}, slowest streams {statistics.median(slowest):.2f}")
