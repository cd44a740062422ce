#!/usr/bin/env python3
"""Batched generation by transformers + PEFT, where each row of the batch has its own LoRA adapter.

    peft_bench.py MODEL [ADAPTER ...] [--batch 1,16] [--threads 2] [--prompt 128] [--output 64] [--rounds 3]

MODEL and ADAPTERs are folders. Row i of a batch uses adapter i modulo their number (`adapter_names`); without adapters the base model
runs. Prompts are random token ids, decoding is greedy, lengths are forced, weights are bfloat16. Prints one line of JSON a batch size:
output tokens per second, prefill included, of the median round after one that does not count.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("adapters", nargs="*")
    parser.add_argument("--batch", default="1,16", help="comma-separated batch sizes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--output", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)

    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.bfloat16)
    names = [f"{i}-{Path(folder).name}" for i, folder in enumerate(args.adapters)]
    for name, folder in zip(names, args.adapters):
        if isinstance(model, PeftModel):
            model.load_adapter(folder, name)
        else:
            # PEFT loads adapters as float32 unless told otherwise; the base model is bfloat16.
            model = PeftModel.from_pretrained(model, folder, name, autocast_adapter_dtype=False)
    model.to(torch.bfloat16).eval()

    for batch in map(int, args.batch.split(",")):
        rounds = []
        for _ in range(args.rounds + 1):
            prompts = torch.randint(1_000, 40_000, (batch, args.prompt))
            rows = {"adapter_names": [names[i % len(names)] for i in range(batch)]} if names else {}
            start = time.perf_counter()
            with torch.inference_mode():
                out = model.generate(input_ids=prompts, attention_mask=torch.ones_like(prompts), do_sample=False,
                                     min_new_tokens=args.output, max_new_tokens=args.output, pad_token_id=0, **rows)
            rounds.append(time.perf_counter() - start)
            assert out.shape == (batch, args.prompt + args.output), out.shape
        seconds = statistics.median(rounds[1:])
        print(json.dumps({"adapters": len(names), "batch": batch, "output_tok_s": round(batch * args.output / seconds, 1)}), flush=True)


if __name__ == "__main__":
    main()
