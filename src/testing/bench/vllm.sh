#!/usr/bin/env bash
# Serves a model with vLLM on the CPU, in the foreground; the README says how to make the environment.
#   VENV=DIR vllm.sh MODEL [ADAPTER ...]
# MODEL and ADAPTERs are folders. The base model is called "base", each adapter by the name of its folder.
# From the environment: VENV; PORT (8101); CPUS, the cores to use (0 to the last); MAX_RANK (32); KV_GIB, memory for the KV cache (4);
# TCMALLOC, the path of libtcmalloc_minimal.so.4 (where Debian and Ubuntu put it).
set -euo pipefail

model=${1:?usage: VENV=DIR vllm.sh MODEL [ADAPTER ...]}
shift
VENV=$(cd "${VENV:?names the folder of the Python environment}" && pwd)
tcmalloc=${TCMALLOC:-/usr/lib/$(uname -m)-linux-gnu/libtcmalloc_minimal.so.4}
openmp=$VENV/lib/libiomp5.so
for library in "$tcmalloc" "$openmp"; do
  [ -e "$library" ] || { echo "$library is missing; the README says how to install it" >&2; exit 1; }
done

lora=()
if [ $# -gt 0 ]; then
  lora=(--enable-lora --max-loras $# --max-cpu-loras $# --max-lora-rank "${MAX_RANK:-32}" --lora-modules)
  for adapter in "$@"; do lora+=("$(basename "$adapter")=$adapter"); done
fi

export LD_PRELOAD=$tcmalloc:$openmp HF_HUB_OFFLINE=1 VLLM_NO_USAGE_STATS=1
export VLLM_CPU_OMP_THREADS_BIND=${CPUS:-0-$(($(nproc) - 1))} VLLM_CPU_NUM_OF_RESERVED_CPU=0 VLLM_CPU_KVCACHE_SPACE=${KV_GIB:-4}
exec "$VENV/bin/vllm" serve "$model" --served-model-name base --host 127.0.0.1 --port "${PORT:-8101}" \
  --dtype bfloat16 --max-model-len 2048 --max-num-seqs 64 ${lora[@]+"${lora[@]}"}
