#!/usr/bin/env bash
# Measures dLoRA and one peer side by side: rounds in which both do the same work in turn, while the other one is stopped (SIGSTOP).
# Prints medians over the rounds and the median of the rounds' ratios; the README says how to make the peers ready.
#   VENV=DIR compare.sh vllm MODEL [ADAPTER ...]
#   LLAMA=DIR GGUF=DIR compare.sh llama MODEL [ADAPTER ...]      GGUF has base.gguf and for each adapter NAME.gguf
#   PEFT=DIR compare.sh peft MODEL [ADAPTER ...]                 no server: one batch of generate for each point
#   compare.sh dlora MODEL [ADAPTER ...]                         dLoRA with other settings or requests: OTHER, OTHER_MODELS, OTHER_ADAPTERS, OTHER_JAR, BODY
# MODEL and ADAPTERs are folders; with adapters all requests use them, drawn uniformly, else the base model.
# From the environment: JAR (target/dlora.jar); DLORA, more settings of the server, e.g. "--dlora.cpu.native=off"; MODELS, names that requests draw from,
# separated by commas (all adapters); OTHER..., the same for the second server, where OTHER_ADAPTERS is a folder of adapters; CONCURRENCY, requests in flight
# of each point ("1 16 64"); ROUNDS (3); REQUESTS of a point (twice those in flight, at least 6); WARMUP, requests to each server that do not count (four times those in flight, at least 96); PROMPT (128) and OUTPUT (64) tokens; BENCH, more
# options of `bench`, e.g. "--zipf 1"; BODY, a JSON object, in requests to the first server only, e.g. a response_format; SEED of the first run (the time); OUT, a folder for logs and results (a new one); PORT (8100) of dLoRA.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
usage="usage: compare.sh vllm|llama|peft|dlora MODEL [ADAPTER ...]"
peer=${1:?$usage}
model=${2:?$usage}
shift 2
case $peer in vllm | llama | peft | dlora) ;; *) echo "$usage" >&2; exit 2 ;; esac

jar=${JAR:-target/dlora.jar}
[ -f "$jar" ] || { echo "$jar is missing: ./mvnw package -DskipTests" >&2; exit 2; }
read -ra points <<<"${CONCURRENCY:-1 16 64}"
rounds=${ROUNDS:-3} prompt=${PROMPT:-128} output=${OUTPUT:-64} port=${PORT:-8100}
read -ra more <<<"${BENCH:-}"
read -ra settings <<<"${DLORA:-}"
seed=${SEED:-$(date +%s)}
out=${OUT:-$(mktemp -d -t compare-XXXXXX)}
mkdir -p "$out/adapters"
results=$out/results.jsonl
: >"$results"

most=1
for point in "${points[@]}"; do if [ "$point" -gt "$most" ]; then most=$point; fi; done
warmup=${WARMUP:-$((most * 4 > 96 ? most * 4 : 96))}

names=()
for adapter in "$@"; do
  name=$(basename "$adapter")
  names+=("$name")
  ln -sfn "$(cd "$adapter" && pwd)" "$out/adapters/$name"
done
models=base
if [ $# -gt 0 ]; then models=$(IFS=,; echo "${names[*]}"); fi
models=${MODELS:-$models}
other_models=${OTHER_MODELS:-$models}

groups=()
# Ends all servers: asks them first, insists after 20 s.
finish() {
  local group
  for group in ${groups[@]+"${groups[@]}"}; do
    kill -TERM -- "-$group" 2>/dev/null || true
    kill -CONT -- "-$group" 2>/dev/null || true
  done
  for group in ${groups[@]+"${groups[@]}"}; do
    for _ in $(seq 100); do
      kill -0 -- "-$group" 2>/dev/null || break
      sleep 0.2
    done
    kill -KILL -- "-$group" 2>/dev/null || true
  done
}
trap finish EXIT
trap 'exit 130' INT TERM

# start NAME PORT COMMAND...: starts a server in a process group of its own and waits until it is healthy; its group is in $started.
start() {
  local name=$1 address=http://127.0.0.1:$2/health
  shift 2
  if curl -s -o /dev/null "$address"; then
    echo "something answers at $address already; end it, or choose another port" >&2
    exit 1
  fi
  echo "starting $name (log: $out/$name.log)" >&2
  setsid "$@" >"$out/$name.log" 2>&1 </dev/null &
  started=$!
  groups+=("$started")
  for _ in $(seq 600); do
    if curl -sf -o /dev/null "$address"; then return; fi
    if ! kill -0 "$started" 2>/dev/null; then break; fi
    sleep 0.5
  done
  echo "$name did not become healthy; the end of its log:" >&2
  tail -n 20 "$out/$name.log" >&2
  exit 1
}

# start_dlora NAME PORT JAR FOLDER [SETTING ...]: dLoRA with the adapters in FOLDER.
start_dlora() {
  start "$1" "$2" java -jar "$3" --dlora.model="$model" --dlora.served-name=base --server.port="$2" --dlora.prefix-cache=false \
    --dlora.adapters.roots="$4" "${@:5}"
}

start_dlora dlora "$port" "$jar" "$out/adapters" ${settings[@]+"${settings[@]}"}
dlora=$started
kill -STOP -- "-$dlora"

other='' other_port=''
case $peer in
  vllm)
    other_port=8101
    PORT=$other_port start vllm $other_port "$here/vllm.sh" "$model" "$@"
    other=$started
    ;;
  llama)
    other_port=8102
    ggufs=()
    for name in ${names[@]+"${names[@]}"}; do ggufs+=("$GGUF/$name.gguf"); done
    PORT=$other_port SLOTS=$most CONTEXT=$((most * (prompt + output + 64))) start llama $other_port "$here/llama.sh" "$GGUF/base.gguf" ${ggufs[@]+"${ggufs[@]}"}
    other=$started
    ;;
  dlora)
    other_port=$((port + 1))
    read -ra settings <<<"${OTHER:-}"
    start_dlora other $other_port "${OTHER_JAR:-$jar}" "${OTHER_ADAPTERS:-$out/adapters}" ${settings[@]+"${settings[@]}"}
    other=$started
    ;;
  peft) python=${PEFT:?names the folder of the Python environment}/bin/python ;;
esac
if [ -n "$other" ]; then kill -STOP -- "-$other"; fi

# requests IN_FLIGHT: how many a run sends.
requests() {
  local twice=$(($1 * 2))
  echo "${REQUESTS:-$((twice > 6 ? twice : 6))}"
}

# load PORT MODELS IN_FLIGHT REQUESTS [OPTION ...]: one run, prompts never seen before; prints its report.
load() {
  local to=$1 models=$2 in_flight=$3 number=$4
  shift 4
  # A few first, for the client is slow until it is compiled. It shares the processors with the servers, so it does without the
  # compiler that optimises: 2.7 instead of 5.2 s of processor time for 192 requests.
  java -XX:TieredStopAtLevel=1 -jar "$jar" bench --url "http://127.0.0.1:$to" --models "$models" --requests "$number" --concurrency "$in_flight" \
    --prompt "$prompt" --output "$output" --seed "$seed" --warmup "$((in_flight < 4 ? in_flight : 4))" --json "$@" ${more[@]+"${more[@]}"} 2>>"$out/bench.log" || true
}

# note SIDE IN_FLIGHT ROUND REPORT: keeps a report.
note() {
  [ -n "$4" ] || { echo "no report of $1; see $out/bench.log" >&2; exit 1; }
  printf '{"side": "%s", "in_flight": %d, "round": %d, "report": %s}\n' "$1" "$2" "$3" "$4" >>"$results"
}

# of_dlora and of_peer IN_FLIGHT REQUESTS: a report of the one while the other is stopped. $seed is new for each.
of_dlora() {
  kill -CONT -- "-$dlora"
  report=$(load "$port" "$models" "$1" "$2" ${BODY:+--extra-body "$BODY"})
  kill -STOP -- "-$dlora"
}
of_peer() {
  if [ "$peer" = peft ]; then
    report=$("$python" "$here/peft_bench.py" "$model" "${@:3}" --batch "$1" --threads "$(nproc)" --prompt "$prompt" --output "$output" --rounds 1 2>>"$out/peft.log")
    return
  fi
  local options=()
  if [ "$peer" = llama ] && [ "$models" != base ]; then options=(--llama); fi
  kill -CONT -- "-$other"
  report=$(load "$other_port" "$other_models" "$1" "$2" ${options[@]+"${options[@]}"})
  kill -STOP -- "-$other"
}

# Not measured: what a server does only once. A JVM compiles while it serves its first few hundred requests.
seed=$((seed * 1000))
of_dlora "$most" "$warmup"
seed=$((seed + 1))
if [ "$peer" != peft ]; then of_peer "$most" "$warmup"; fi

second=$peer
if [ "$peer" = dlora ]; then second=other; fi
for round in $(seq "$rounds"); do
  for point in "${points[@]}"; do
    seed=$((seed + 1))
    of_dlora "$point" "$(requests "$point")"
    note dlora "$point" "$round" "$report"
    seed=$((seed + 1))
    of_peer "$point" "$(requests "$point")" "$@"
    note "$second" "$point" "$round" "$report"
    echo "round $round, $point in flight: done" >&2
  done
done

python3 - "$results" "$second" "$#" <<'PYTHON'
import json, statistics, sys

results, peer, adapters = [json.loads(line) for line in open(sys.argv[1])], sys.argv[2], sys.argv[3]

def column(side, point, figure):
    return [figure(r["report"]) for r in results if r["side"] == side and r["in_flight"] == point and "output_tok_s" in r["report"]]

speed = lambda report: report["output_tok_s"]
first = lambda report: report.get("ttft_s", {}).get("p50", float("nan"))
print(f"output tokens/s (median time to first token, s), {adapters} adapters; medians of the rounds")
print(f"{'in flight':>9}  {'dlora':>18}  {peer:>18}  {'ratio':>6}  ratios of the rounds")
for point in sorted({r["in_flight"] for r in results}):
    ours, theirs = column("dlora", point, speed), column(peer, point, speed)
    if not ours or not theirs:
        print(f"{point:>9}  no figures")
        continue
    ratios = [a / b for a, b in zip(ours, theirs)]
    cells = [f"{statistics.median(column(side, point, speed)):.1f} ({statistics.median(column(side, point, first)):.2f})" for side in ("dlora", peer)]
    print(f"{point:>9}  {cells[0]:>18}  {cells[1]:>18}  {statistics.median(ratios):>6.2f}  {' '.join(f'{r:.2f}' for r in ratios)}")
failed = {side: sum(r["report"].get("failed", 0) for r in results if r["side"] == side) for side in ("dlora", peer)}
if any(failed.values()):
    print(f"failed requests: {failed}")
    sys.exit(1)
PYTHON
