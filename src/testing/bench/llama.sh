#!/usr/bin/env bash
# Serves a model with llama.cpp's llama-server, in the foreground; the README says how to build it and make the files.
#   LLAMA=DIR llama.sh MODEL.gguf [ADAPTER.gguf ...]
# The adapters get the ids 0, 1, … in this order and are off unless a request says "lora": [{"id": ID, "scale": 1}].
# From the environment: LLAMA, the folder of llama.cpp; PORT (8102); THREADS (all cores); SLOTS, requests in flight (16);
# CONTEXT, tokens of context shared out over the slots (16384).
set -euo pipefail

model=${1:?usage: LLAMA=DIR llama.sh MODEL.gguf [ADAPTER.gguf ...]}
shift
lora=()
if [ $# -gt 0 ]; then
  # Not --lora-init-without-apply: with it, a request that names no adapter gets all of them.
  lora=(--lora-scaled "$(IFS=,; echo "${*/%/:0}")")
fi

exec "${LLAMA:?names the folder of llama.cpp}/build/bin/llama-server" -m "$model" -a base --host 127.0.0.1 --port "${PORT:-8102}" \
  -t "${THREADS:-$(nproc)}" -c "${CONTEXT:-16384}" -np "${SLOTS:-16}" ${lora[@]+"${lora[@]}"}
