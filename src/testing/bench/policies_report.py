#!/usr/bin/env python3
"""Print what policies.sh has measured as Markdown tables.

    python policies_report.py RESULTS.jsonl

Output tokens per second and mean seconds per token are medians of the rounds. Ratios are those of `dlora` to another policy within a round, which has the same
requests and the same hour: their geometric mean, and its 95 % interval by Student's t over the rounds' logarithms.
"""

import json
import math
import statistics
import sys

OURS = "dlora"

# Seconds after which `dlora` serves an adapter that waits before others (docs/scheduling.md).
MAX_WAIT = 5
T95 = {1: 12.71, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228}


def quantile(values, q):
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def speed(cell):
    return cell["report"].get("output_tok_s", float("nan"))


def latency(cell):
    return cell["report"].get("s_per_token", {}).get("mean", float("nan"))


def ratio(rounds, other, figure):
    """`1.04 (0.99…1.09)`: of ours to another's, by rounds that have both."""
    logs = [math.log(figure(r[OURS]) / figure(r[other])) for r in rounds.values() if OURS in r and other in r]
    logs = [x for x in logs if math.isfinite(x)]
    if not logs:
        return "–"
    mean = statistics.fmean(logs)
    if len(logs) == 1:
        return f"{math.exp(mean):.2f}"
    half = T95.get(len(logs) - 1, 1.96) * statistics.stdev(logs) / math.sqrt(len(logs))
    return f"{math.exp(mean):.2f} ({math.exp(mean - half):.2f}…{math.exp(mean + half):.2f})"


def bound(cell):
    """Of what an adapter's oldest request waits for: (3) of docs/scheduling.md, with the longest step that was seen."""
    turns = math.ceil(cell["adapters"] / cell["max_batch"]) + 1
    return MAX_WAIT + turns * cell["longest_step"]


def row(*cells):
    print("| " + " | ".join(str(c) for c in cells) + " |")


def head(*cells):
    row(*cells)
    row(*["---"] * len(cells))


def main():
    cells = [json.loads(line) for line in open(sys.argv[1])]
    if not cells:
        sys.exit("nothing has been measured yet")
    policies = list(dict.fromkeys(c["policy"] for c in sorted(cells, key=lambda c: ["unmerged", "merged", "dlora-paper", "dlora"].index(c["policy"]))))
    points = {}
    for c in cells:
        points.setdefault((c["rank"], c["skew"]), {}).setdefault(c["round"], {})[c["policy"]] = c
    closed = {point: rounds for point, rounds in sorted(points.items()) if point[1] != "hot"}
    hot = {point: rounds for point, rounds in sorted(points.items()) if point[1] == "hot"}

    if closed:
        throughput(closed, policies)
    if hot:
        cold_waits(hot, policies)
    failed = sum(c["report"].get("failed", 0) for c in cells)
    if failed:
        print(f"\nfailed requests: {failed}")
        sys.exit(1)


def throughput(closed, policies):
    print("Output tokens/s (mean s/token), medians of the rounds:\n")
    head("rank", "skew", *policies)
    for (rank, skew), rounds in closed.items():
        shown = []
        for policy in policies:
            mine = [r[policy] for r in rounds.values() if policy in r]
            shown.append(f"{statistics.median(map(speed, mine)):.0f} ({statistics.median(map(latency, mine)):.3f})" if mine else "–")
        row(rank, named(skew), *shown)
    others = [p for p in policies if p != OURS]
    for what, figure in (("output tokens/s", speed), ("mean s/token", latency)):
        print(f"\nRatio of `{OURS}` to others in {what}, with its 95 % interval:\n")
        head("rank", "skew", *others, "rounds")
        for (rank, skew), rounds in closed.items():
            row(rank, named(skew), *[ratio(rounds, other, figure) for other in others], len(rounds))


def cold_waits(hot, policies):
    """Time to the first token, from the arrival, pooled over the rounds; a request waits no longer than that."""
    for (rank, _), rounds in hot.items():
        some = next(iter(next(iter(rounds.values())).values()))
        print(f"\nOne hot adapter with {some['hot']} times the arrivals of each other, {some['rate']} requests/s, rank {rank}: seconds to the first token\n")
        head("policy", "cold p50", "cold p99", "cold most", "hot p50", "hot p99", "cold requests", "output tokens/s", "stated bound")
        for policy in policies:
            mine = [r[policy] for r in rounds.values() if policy in r]
            waits = {True: [], False: []}
            for c in mine:
                for one in c["report"].get("requests", []):
                    waits[one["model"] == "lora0"].append(one["ttft_s"])
            cold, warm = waits[False], waits[True]
            if not cold or not warm:
                continue
            row(policy, *[f"{quantile(cold, q):.2f}" for q in (0.5, 0.99, 1)], *[f"{quantile(warm, q):.2f}" for q in (0.5, 0.99)], len(cold),
                f"{statistics.median(map(speed, mine)):.0f}", f"{max(map(bound, mine)):.2f}" if policy == OURS else "none")


def named(skew):
    return "one adapter" if skew == "one" else f"Zipf {skew}"


if __name__ == "__main__":
    main()
