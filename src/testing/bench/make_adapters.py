#!/usr/bin/env python3
"""Make many random LoRA adapters for one base model.

    pip install torch safetensors
    python make_adapters.py MODEL OUT [--count 64] [--ranks 8,16,32]

MODEL is a Hugging Face folder of a Llama-like model. OUT/lora0, OUT/lora1, ... are PEFT folders in bfloat16 that adapt every linear
layer; the ranks are dealt out in turn. Nothing is learned: each adapter adds to every matrix W a random B @ A of a tenth of W's size
(Frobenius norm), so that answers differ a little from adapter to adapter and still make sense. The same arguments make the same files.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
STRENGTH = 0.1
SCALE = 2  # lora_alpha / r


def linear_layers(model):
    """{name: (rows, columns, standard deviation)} of the matrices to adapt."""
    layers = {}
    for file in sorted(model.glob("*.safetensors")):
        with safe_open(file, "pt") as tensors:
            for key in tensors.keys():
                name = key.removesuffix(".weight")
                if name.split(".")[-1] in TARGETS:
                    weight = tensors.get_tensor(key)
                    layers[name] = (*weight.shape, weight.float().std().item())
    return layers


def random_lora(layers, rank, seed):
    random = torch.Generator().manual_seed(seed)

    def normal(rows, columns, std):
        return (torch.randn(rows, columns, generator=random) * std).to(torch.bfloat16)

    tensors = {}
    for name, (rows, columns, std) in layers.items():
        a = columns**-0.5
        b = STRENGTH * std / (a * SCALE * rank**0.5)
        tensors[f"base_model.model.{name}.lora_A.weight"] = normal(rank, columns, a)
        tensors[f"base_model.model.{name}.lora_B.weight"] = normal(rows, rank, b)
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--ranks", default="8,16,32", help="comma-separated, dealt out in turn")
    args = parser.parse_args()

    ranks = [int(rank) for rank in args.ranks.split(",")]
    layers = linear_layers(args.model)
    if not layers:
        parser.error(f"{args.model} has no *.safetensors file with layers called {', '.join(TARGETS)}")
    for i in range(args.count):
        rank = ranks[i % len(ranks)]
        folder = args.out / f"lora{i}"
        folder.mkdir(parents=True, exist_ok=True)
        config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": args.model.name, "r": rank, "lora_alpha": SCALE * rank,
                  "lora_dropout": 0.0, "bias": "none", "target_modules": TARGETS, "inference_mode": True}
        (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
        save_file(random_lora(layers, rank, i), folder / "adapter_model.safetensors", {"format": "pt"})


if __name__ == "__main__":
    main()
