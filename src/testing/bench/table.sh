#!/usr/bin/env bash
# Redoes the tables of docs/benchmarks.md, half an hour with nothing else running: dLoRA side by side with each peer and with itself by compare.sh.
#   VENV=DIR LLAMA=DIR GGUF=DIR PEFT=DIR table.sh MODEL ADAPTERS [POINT ...]
# ADAPTERS is a folder with lora0 … lora127 (make_adapters.py --count 128); GGUF has lora0 … lora3 as well. POINT: only those, named as the functions below.
# From the environment: what compare.sh knows. For a quick look: ROUNDS=1. Exits with 1 if requests of any point failed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
usage="usage: table.sh MODEL ADAPTERS [POINT ...]"
model=${1:?$usage}
adapters=${2:?$usage}
shift 2

four=("$adapters"/lora{0..3})
eight=("$adapters"/lora{0..7})
compare() { "$here/compare.sh" "$@"; }

vllm() { CONCURRENCY="1 16 64" compare vllm "$model"; }
vllm_java() { DLORA=--dlora.cpu.native=off CONCURRENCY="16 64" compare vllm "$model"; }
vllm_adapters() { ROUNDS=${ROUNDS:-2} REQUESTS=64 CONCURRENCY="16 64" compare vllm "$model" "${eight[@]}"; }
llama() { CONCURRENCY="1 16" compare llama "$model"; }
llama_adapters() { CONCURRENCY=16 compare llama "$model" "${four[@]}"; }
peft() { CONCURRENCY="1 16" compare peft "$model" "${eight[@]}"; }
base() { OTHER_MODELS=base CONCURRENCY="16 64" compare dlora "$model" "${eight[@]}"; }
registered() { OTHER_ADAPTERS=$adapters CONCURRENCY=16 REQUESTS=96 compare dlora "$model" "${four[@]}"; }
many() {
  java -jar "${JAR:-target/dlora.jar}" profile --model "$model" --adapters "$adapters" --adapters-in-batch 128 --batch 64
}

points=("$@")
if [ $# -eq 0 ]; then points=(vllm vllm_java vllm_adapters llama llama_adapters peft base registered many); fi
failed=0
for point in "${points[@]}"; do
  printf '\n== %s, %s\n' "$point" "$(date -u '+%F %H:%M')"
  "$point" || failed=1
done
exit "$failed"
