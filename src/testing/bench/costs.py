"""Measures how well a server foresees its steps: puts load on it, reads the steps that it ran, and prints the errors of its predictions by kind of step.

    python3 costs.py [--url URL] [--jar JAR] [--models PREFIX] [--count N] [--concurrency 1,16,64] [--seconds S] [--seed N] [--dump FILE]

The load is that of `dlora bench` (JAR, target/dlora.jar): prompts of 128 tokens, log-normal with a spread of 0.6, answers of 64, models PREFIX0, PREFIX1, … (lora) drawn uniformly. The server is one with
the administration open, and one replica. Errors are |predicted - actual| / actual; `bias` is the median of predicted / actual - 1. `noise` is what is left of the errors (median/p90) if each prediction is corrected by the
median of the five steps of that kind before and of the five after it, which no prediction can know: what the machine takes now more, now less time for. --dump writes each step, for a closer look.
"""
import argparse
import json
import math
import statistics
import subprocess
import time
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("--url", default="http://127.0.0.1:8080")
parser.add_argument("--jar", default="target/dlora.jar")
parser.add_argument("--models", default="lora")
parser.add_argument("--count", type=int, default=8)
parser.add_argument("--concurrency", default="1,16,64")
parser.add_argument("--seconds", type=float, default=12, help="of load for each number of requests in flight")
parser.add_argument("--seed", type=int, default=int(time.time()))
parser.add_argument("--dump")
arguments = parser.parse_args()


def steps():
    with urllib.request.urlopen(arguments.url + "/admin/scheduling?steps=256") as answer:
        return json.load(answer)["replicas"][0]["steps"]


def run(concurrency, seed):
    """The steps of some seconds of load."""
    command = ["java", "-jar", arguments.jar, "bench", "--url", arguments.url, "--models-prefix", arguments.models,
               "--models-count", str(arguments.count), "--concurrency", str(concurrency), "--requests", "100000",
               "--prompt", "128", "--spread", "0.6", "--output", "64", "--seed", str(seed)]
    seen = max((step["number"] for step in steps()), default=0)
    load = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = {}
    try:
        end = None
        while end is None or time.time() < end:
            time.sleep(0.7)
            for step in steps():
                if step["number"] > seen and step["predicted"] is not None:
                    found[step["number"]] = step
            end = end or (time.time() + arguments.seconds if found else None)
            if load.poll() is not None:
                raise SystemExit(f"The load ended with {load.returncode}")
    finally:
        load.terminate()
        load.wait()
    return [found[number] for number in sorted(found)]


def quantile(values, share):
    return sorted(values)[math.ceil(share * len(values)) - 1]


def noise(some):
    """Errors of predictions that know the machine's pace before and after."""
    ratios = [step["seconds"] / step["predicted"] for step in some]
    around = [ratios[max(0, i - 5):i] + ratios[i + 1:i + 6] for i in range(len(ratios))]
    return [abs(statistics.median(others) / ratio - 1) for others, ratio in zip(around, ratios) if others]


def report(name, kinds):
    """Of steps by kind."""
    some = [step for steps_of_kind in kinds for step in steps_of_kind]
    if len(some) > 1:
        off = [step["predicted"] / step["seconds"] - 1 for step in some]
        errors = [abs(one) for one in off]
        left = [one for steps_of_kind in kinds for one in noise(steps_of_kind)]
        print(f"{name:24} {len(some):6} steps  {1000 * statistics.median(s['seconds'] for s in some):7.1f} ms"
              f"  median {statistics.median(errors):.3f}  p90 {quantile(errors, 0.9):.3f}  bias {statistics.median(off):+.3f}"
              f"  noise {statistics.median(left):.3f}/{quantile(left, 0.9):.3f}", flush=True)


def by_kind(found):
    """Steps with decodes alone, with prompts too, with prompts alone."""
    kinds = {"decode": [], "mixed": [], "prefill": []}
    for step in found:
        shape = step["shape"]
        kinds["decode" if not shape["prefill_rows"] else "mixed" if shape["decode_rows"] else "prefill"].append(step)
    return kinds


everything = []
dump = open(arguments.dump, "w") if arguments.dump else None
for i, concurrency in enumerate(map(int, arguments.concurrency.split(","))):
    found = run(concurrency, arguments.seed + i)
    kinds = by_kind(found)
    everything += kinds.values()
    report(f"{concurrency} in flight", list(kinds.values()))
    for name, steps_of_kind in kinds.items():
        report(f"  {name}", [steps_of_kind])
    if dump:
        for step in found:
            dump.write(json.dumps({"concurrency": concurrency, "number": step["number"], "seconds": step["seconds"], "age": step["age"],
                                   "predicted": step["predicted"], "mode": step["mode"], "shape": step["shape"]}) + "\n")
report("all", everything)
