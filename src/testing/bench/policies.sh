#!/usr/bin/env bash
# Measures the policies beside each other on one running server for each rank: rounds in which each skew is served by each policy in turn, in an order
# drawn anew, with the same requests, which no prefix cache has seen. Then one hot adapter and many cold ones at a rate above what can be served.
#   policies.sh MODEL ADAPTERS [REPORT]      ADAPTERS16, ADAPTERS128, … are folders with lora0, lora1, … (make_adapters.py --ranks 16)
# Results are kept one by one: what OUT has already is not measured again, so a run can be done in parts. With REPORT (any word) nothing is measured.
# From the environment: RANKS ("16 128"); SKEWS ("0 1 2 one", exponents of Zipf's law, one: all for lora0); POLICIES ("unmerged merged dlora-paper dlora");
# ROUNDS (3) and HOT_ROUNDS (2); COUNT, adapters (32); REQUESTS of a cell (160), CONCURRENCY (64) and MAX_BATCH (64); PROMPT (128) and OUTPUT (64) tokens; HOT (100), arrivals of the
# hot adapter for each of a cold one; HOT_RANKS (the first of RANKS); HOT_REQUESTS (400); OVERLOAD (1.5), their rate over what `unmerged` serves;
# BENCH, more options of `bench`; DLORA, more settings of the server; SEED of the first round (1); OUT, the folder of logs and results (a new one); JAR; PORT (8100).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
usage="usage: policies.sh MODEL ADAPTERS [REPORT]"
model=${1:?$usage}
adapters=${2:?$usage}
report_only=${3:-}

jar=${JAR:-target/dlora.jar}
read -ra ranks <<<"${RANKS:-16 128}"
read -ra skews <<<"${SKEWS-0 1 2 one}"
read -ra policies <<<"${POLICIES:-unmerged merged dlora-paper dlora}"
read -ra hot_ranks <<<"${HOT_RANKS-${ranks[0]}}"
read -ra more <<<"${BENCH:-}"
read -ra settings <<<"${DLORA:-}"
rounds=${ROUNDS:-3} hot_rounds=${HOT_ROUNDS:-2} count=${COUNT:-32} requests=${REQUESTS:-160} concurrency=${CONCURRENCY:-64}
prompt=${PROMPT:-128} output=${OUTPUT:-64} hot=${HOT:-100} hot_requests=${HOT_REQUESTS:-400} overload=${OVERLOAD:-1.5} port=${PORT:-8100}
first_seed=${SEED:-1} max_batch=${MAX_BATCH:-64}
out=${OUT:-$(mktemp -d -t policies-XXXXXX)}
mkdir -p "$out"
results=$out/results.jsonl
touch "$results"
url=http://127.0.0.1:$port

report() { python3 "$here/policies_report.py" "$results"; }
if [ -n "$report_only" ]; then report; exit; fi

[ -f "$jar" ] || { echo "$jar is missing: ./mvnw package -DskipTests" >&2; exit 2; }
for rank in "${ranks[@]}"; do
  [ -d "$adapters$rank/lora$((count - 1))" ] || { echo "$adapters$rank has no lora$((count - 1)): make_adapters.py MODEL $adapters$rank --count $count --ranks $rank" >&2; exit 2; }
done

group=''
# Ends the server: asks it first, insists after 20 s.
finish() {
  [ -n "$group" ] || return 0
  kill -TERM -- "-$group" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 -- "-$group" 2>/dev/null || break
    sleep 0.2
  done
  kill -KILL -- "-$group" 2>/dev/null || true
  group=''
}
trap finish EXIT
trap 'exit 130' INT TERM

# start RANK: a server with the adapters of that rank, warm, all adapters' merging measured.
start() {
  if curl -s -o /dev/null "$url/health"; then
    echo "something answers at $url already; end it, or choose another PORT" >&2
    exit 1
  fi
  echo "starting the server with rank $1 (log: $out/server$1.log)" >&2
  setsid java -jar "$jar" --dlora.model="$model" --dlora.served-name=base --server.port="$port" --dlora.prefix-cache=false --dlora.max-batch="$max_batch" \
    --dlora.adapters.roots="$adapters$1" ${settings[@]+"${settings[@]}"} >>"$out/server$1.log" 2>&1 </dev/null &
  group=$!
  for _ in $(seq 600); do
    if curl -sf -o /dev/null "$url/health"; then break; fi
    if ! kill -0 -- "-$group" 2>/dev/null; then
      echo "the server did not become healthy; the end of its log:" >&2
      tail -n 20 "$out/server$1.log" >&2
      exit 1
    fi
    sleep 0.5
  done
  choose dlora
  load 0 --models-count "$count" --requests $((2 * count)) --concurrency "$concurrency" >/dev/null
  settle
}

# Waits until the server has nothing left to do: its threads take less than a tenth of a second of CPU time in a second.
settle() {
  local before=-100 now
  for _ in $(seq 120); do
    now=$(ticks)
    if [ $((now - before)) -lt 10 ]; then return; fi
    before=$now
    sleep 1
  done
}
# Hundredths of a second of CPU time that the server's processes have taken.
ticks() {
  local sum=0 pid stat
  for pid in $(pgrep -g "$group"); do
    stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
    read -ra stat <<<"${stat##*) }"
    sum=$((sum + stat[11] + stat[12]))
  done
  echo "$sum"
}

choose() {
  curl -sf -o /dev/null -X PUT "$url/admin/scheduling" -H 'Content-Type: application/json' -d "{\"policy\": \"$1\"}" ||
    { echo "the server did not take the policy $1" >&2; exit 1; }
}

# load SEED OPTION...: one run of `bench`; prints its report. A few requests go first, for the client is slow until it is compiled.
load() {
  java -jar "$jar" bench --url "$url" --prompt "$prompt" --output "$output" --seed "$1" --warmup 4 --json "${@:2}" ${more[@]+"${more[@]}"} 2>>"$out/bench.log" || true
}

# has RANK SKEW POLICY ROUND: whether that cell has been measured.
has() { grep -qF "$(cell "$@")" "$results"; }
cell() { printf '"rank": %d, "skew": "%s", "policy": "%s", "round": %d,' "$@"; }

# measure RANK SKEW POLICY ROUND OPTION...: one cell, kept. $extra goes with it.
extra=''
measure() {
  local rank=$1 skew=$2 policy=$3 round=$4 report steps=$out/steps-$1-$2-$3-$4
  if has "$rank" "$skew" "$policy" "$round"; then return; fi
  choose "$policy"
  watch_steps "$steps" &
  local watcher=$!
  report=$(load $((first_seed + 1000 * round)) "${@:5}")
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  [ -n "$report" ] || { echo "no report; see $out/bench.log" >&2; exit 1; }
  curl -sf "$url/admin/scheduling?steps=256" >>"$steps"
  echo >>"$steps"
  printf '{%s "longest_step": %s, %s"report": %s}\n' "$(cell "$rank" "$skew" "$policy" "$round")" "$(longest "$steps")" "$extra" "$report" >>"$results"
  echo "rank $rank, $skew, round $round, $policy: $(python3 -c 'import json, sys; r = json.load(sys.stdin); print(r.get("output_tok_s"), "tok/s,", r["failed"], "failed")' <<<"$report")" >&2
}

# watch_steps FILE: what the server says of its last steps, again and again.
watch_steps() {
  : >"$1"
  while sleep 4; do
    curl -sf "$url/admin/scheduling?steps=256" >>"$1" && echo >>"$1"
  done
}

# longest FILE: seconds of the longest step in it.
longest() {
  python3 -c 'import json, sys
print(max((s["seconds"] for line in open(sys.argv[1]) if line.endswith("}\n") for r in json.loads(line)["replicas"] for s in r["steps"]), default=0))' "$1"
}

# shuffled SEED: the policies in an order drawn from it.
shuffled() { python3 -c 'import random, sys; p = sys.argv[2:]; random.Random(sys.argv[1]).shuffle(p); print(*p)' "$@"; }

# closed RANK SKEW POLICY ROUND: $concurrency requests are in flight until all are done.
closed() {
  local popularity=(--models-count "$count" --zipf "$2")
  if [ "$2" = one ]; then popularity=(--models lora0); fi
  measure "$@" "${popularity[@]}" --requests "$requests" --concurrency "$concurrency"
}

# rate_of RANK: requests per second of the hot cells, measured once.
rate_of() {
  local file=$out/rate$1 report
  if [ ! -s "$file" ]; then
    choose unmerged
    report=$(load $((first_seed + 7)) --models-count "$count" --hot "$hot" --requests "$requests" --concurrency "$concurrency")
    python3 -c 'import json, sys; print(round(json.loads(sys.argv[1])["req_s"] * float(sys.argv[2]), 2))' "$report" "$overload" >"$file"
  fi
  cat "$file"
}

# missing RANK ROUNDS SKEW...: whether a cell of these is still to be measured.
missing() {
  local round skew policy
  for round in $(seq "$2"); do
    for skew in "${@:3}"; do
      for policy in "${policies[@]}"; do
        if ! has "$1" "$skew" "$policy" "$round"; then return 0; fi
      done
    done
  done
  return 1
}

is_hot() { [[ " ${hot_ranks[*]-} " == *" $1 "* ]] && [ "$hot" != 0 ]; }

for rank in "${ranks[@]}"; do
  if ! { missing "$rank" "$rounds" ${skews[@]+"${skews[@]}"} || { is_hot "$rank" && missing "$rank" "$hot_rounds" hot; }; }; then continue; fi
  start "$rank"
  for round in $(seq "$rounds"); do
    for skew in ${skews[@]+"${skews[@]}"}; do
      for policy in $(shuffled "$first_seed $rank $round $skew" "${policies[@]}"); do closed "$rank" "$skew" "$policy" "$round"; done
    done
  done
  if is_hot "$rank"; then
    rate=$(rate_of "$rank")
    extra="\"rate\": $rate, \"hot\": $hot, \"adapters\": $count, \"max_batch\": $max_batch, "
    for round in $(seq "$hot_rounds"); do
      for policy in $(shuffled "$first_seed $rank $round hot" "${policies[@]}"); do
        measure "$rank" hot "$policy" "$round" --models-count "$count" --hot "$hot" --requests "$hot_requests" --rate "$rate" --each
      done
    done
    extra=''
  fi
  finish
done

echo "results: $results" >&2
report
