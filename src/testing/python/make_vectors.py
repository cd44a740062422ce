#!/usr/bin/env python3
"""Write src/testing/data/vectors: tiny random models and adapters, and what transformers and PEFT compute for them.

    pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2
    python make_vectors.py [NAME ...]
    python make_vectors.py variants [NAME ...]

The second writes only what VARIANTS lists: DoRA, biases, retrained and adapted embeddings, on models that the first wrote.

It covers what src/testing/data/golden has no model for: Phi-3, linear rope scaling, projection biases in Llama, and the
ways in which a sliding window is switched on and off. Each folder is written first, its config.json by hand with the keys
that published models of the kind have, and the reference is computed from what is then loaded from the folder: weights
upcast to float32, eager attention, `generate` with KV cache, greedy, end-of-sequence ignored. README.md has the format.
"""

import copy
import hashlib
import json
import random
import shutil
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from transformers.utils import logging

RESOURCES = Path(__file__).resolve().parents[1] / "data"
OUT = RESOURCES / "vectors"
TOKENIZER = RESOURCES.parents[1] / "app/src/main/resources/demo/model"
END, PAD, VOCAB = 258, 256, 259

LENGTHS = [1, 7, 40, 210]
VARIANT_LENGTHS = [1, 40]
NEW_TOKENS = 24
MARGIN = 0.02  # float32 engines must agree on every token, so no step may be closer than this
DISTINCT = 5  # a continuation of one repeated token tests little
LOGIT_STD = 8.0
WORDS = ("the a of one two red green house river model adapter token batch cache weight answer question time place "
         "why, how? where. Größe naïve señor 你好 안녕 42 1234 -5° can't it's (so) print(x) https://a.b/c\n").split(" ")

COMMON = {"vocab_size": VOCAB, "hidden_act": "silu", "max_position_embeddings": 512, "pad_token_id": PAD, "bos_token_id": None,
          "eos_token_id": END, "num_hidden_layers": 3, "rms_norm_eps": 1e-5, "hidden_size": 64, "num_attention_heads": 4,
          "num_key_value_heads": 2, "intermediate_size": 128, "rope_theta": 10000.0, "rope_scaling": None,
          "tie_word_embeddings": False}
ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ALL_FUSED = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]


def r8(targets):
    return {"r8-all": {"r": 8, "lora_alpha": 16, "target_modules": targets}}


def spec(architecture, stored, otherwise, adapters=None, **config):
    """A model to write. `otherwise` changes its config; a reader that took these values for the given ones must fail."""
    kind = architecture.removesuffix("ForCausalLM").lower()
    config = {"architectures": [architecture], "model_type": kind} | COMMON | config
    return {"config": config, "stored": stored, "otherwise": otherwise, "adapters": adapters or r8(ALL_LINEAR)}


SPECS = {
    "phi3": spec(
        "Phi3ForCausalLM", torch.bfloat16, {"sliding_window": 24}, sliding_window=None, torch_dtype="bfloat16",
        original_max_position_embeddings=512, resid_pdrop=0.0, embd_pdrop=0.0,
        adapters=r8(ALL_FUSED) | {"r4-qkv-rslora": {"r": 4, "lora_alpha": 4, "use_rslora": True, "target_modules": ["qkv_proj"]}}),
    "phi3-window": spec(
        "Phi3ForCausalLM", torch.bfloat16, {"sliding_window": None}, sliding_window=24, torch_dtype="bfloat16",
        num_key_value_heads=4, original_max_position_embeddings=512, adapters=r8(ALL_FUSED)),
    # Sizes that fill no vector register: 60, 12, 150; the vocabulary of all is 259.
    "llama-linear-rope": spec(
        "LlamaForCausalLM", torch.bfloat16, {"rope_scaling": None}, rope_scaling={"type": "linear", "factor": 4.0},
        hidden_size=60, num_attention_heads=5, num_key_value_heads=1, head_dim=12, intermediate_size=150, torch_dtype="bfloat16"),
    "llama-bias": spec(
        "LlamaForCausalLM", torch.float32, {"attention_bias": False, "mlp_bias": False}, attention_bias=True, mlp_bias=True,
        tie_word_embeddings=True, torch_dtype="float32"),
    "mistral-full": spec(
        "MistralForCausalLM", torch.bfloat16, {"sliding_window": 24}, sliding_window=None, head_dim=24, torch_dtype="bfloat16"),
    "qwen2-window": spec(
        "Qwen2ForCausalLM", torch.bfloat16, {"use_sliding_window": False}, use_sliding_window=True, sliding_window=24,
        max_window_layers=1, tie_word_embeddings=True, torch_dtype="bfloat16"),
    "qwen2-window-off": spec(
        "Qwen2ForCausalLM", torch.float16, {"use_sliding_window": True}, use_sliding_window=False, sliding_window=24,
        max_window_layers=0, torch_dtype="float16"),
    "qwen3-layer-types": spec(
        "Qwen3ForCausalLM", torch.bfloat16, {"layer_types": ["sliding_attention"] * 3}, use_sliding_window=True, sliding_window=24,
        max_window_layers=3, layer_types=["full_attention", "sliding_attention", "full_attention"], head_dim=32, dtype="bfloat16"),
}

# Tied and biased everywhere, f32; untied and fused, bf16; untied with biases of q, k and v, f16. (adapter, dtype) by name.
BOTH_ENDS = ["embed_tokens", "lm_head"]
VARIANTS = {
    "llama-bias": {
        "dora-all": ({"r": 3, "lora_alpha": 6, "use_rslora": True, "use_dora": True, "target_modules": ALL_LINEAR}, torch.float32),
        "dora-ends": ({"r": 4, "lora_alpha": 4, "use_dora": True, "target_modules": BOTH_ENDS + ["k_proj", "up_proj"]}, torch.float32),
        "dora-bias": ({"r": 2, "lora_alpha": 4, "use_dora": True, "bias": "lora_only", "target_modules": ["v_proj", "down_proj"]}, torch.float32),
        "bias-all": ({"r": 2, "lora_alpha": 3, "bias": "all", "lora_bias": True, "target_modules": ["q_proj", "gate_proj"]}, torch.bfloat16),
        "lora-ends": ({"r": 5, "lora_alpha": 5, "target_modules": BOTH_ENDS + ["o_proj"]}, torch.float32),
        "lora-bias-head": ({"r": 4, "lora_alpha": 8, "lora_bias": True, "target_modules": ["lm_head", "o_proj"]}, torch.float32),
        "save-ends": ({"r": 2, "lora_alpha": 4, "target_modules": "all-linear", "modules_to_save": BOTH_ENDS}, torch.float32),
        "save-head": ({"r": 2, "lora_alpha": 4, "target_modules": ["q_proj"], "modules_to_save": ["lm_head"]}, torch.bfloat16),
        "excluded": ({"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "exclude_modules": ["o_proj", "layers.1.mlp.up_proj"]},
                     torch.float32),
        "layers": ({"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "down_proj"], "layers_to_transform": [1, 2],
                    "layers_pattern": ["blocks", "layers"]}, torch.float32),
    },
    "phi3": {
        "dora-fused": ({"r": 4, "lora_alpha": 8, "use_dora": True, "target_modules": "all-linear"}, torch.bfloat16),
        "dora-ends": ({"r": 3, "lora_alpha": 3, "use_dora": True, "target_modules": BOTH_ENDS + ["gate_up_proj"]}, torch.float32),
        "bias-all": ({"r": 2, "lora_alpha": 4, "bias": "all", "target_modules": ["qkv_proj"]}, torch.float32),
        "lora-bias": ({"r": 2, "lora_alpha": 4, "lora_bias": True, "target_modules": ["qkv_proj", "down_proj"]}, torch.float32),
        "lora-ends": ({"r": 5, "lora_alpha": 5, "target_modules": BOTH_ENDS + ["qkv_proj"]}, torch.bfloat16),
        "save-ends": ({"r": 2, "lora_alpha": 4, "target_modules": ["qkv_proj"], "modules_to_save": BOTH_ENDS}, torch.bfloat16),
        "excluded": ({"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "exclude_modules": r".*\.1\..*|.*o_proj"}, torch.float32),
        "layers": ({"r": 4, "lora_alpha": 8, "target_modules": ["qkv_proj", "down_proj"], "layers_to_transform": [0, 2],
                    "layers_pattern": "layers"}, torch.float32),
    },
    "qwen2-window-off": {
        "dora-bias-all": ({"r": 4, "lora_alpha": 8, "use_dora": True, "bias": "all", "target_modules": ["q_proj", "up_proj"]}, torch.float32),
        "lora-bias": ({"r": 4, "lora_alpha": 8, "lora_bias": True, "bias": "lora_only", "target_modules": ["k_proj", "o_proj"]}, torch.float32),
        "save-embed": ({"r": 4, "lora_alpha": 8, "target_modules": ["v_proj"], "modules_to_save": ["embed_tokens"]}, torch.float32),
        "bias-all": ({"r": 4, "lora_alpha": 8, "bias": "all", "target_modules": ["v_proj", "down_proj"]}, torch.float32),
    },
}


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_model(folder, config, dtype, seed):
    folder.mkdir(parents=True)
    write_json(folder / "config.json", config)
    write_json(folder / "generation_config.json", {"eos_token_id": END, "pad_token_id": PAD})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(TOKENIZER / name, folder / name)
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32, attn_implementation="eager")
    randomise(model, torch.Generator().manual_seed(seed))
    state = {k: v.detach().to(dtype).contiguous().clone() for k, v in sorted(model.state_dict().items())}
    if config["tie_word_embeddings"]:
        del state["lm_head.weight"]
    save_file(state, folder / "model.safetensors", {"format": "pt"})


@torch.no_grad()
def randomise(model, generator):
    """Weights under which every part matters, and logits of standard deviation LOGIT_STD."""
    gain = 2.5 if model.config.tie_word_embeddings else 1.6  # else the last token's own embedding decides
    for name, p in model.named_parameters():
        noise = torch.randn(p.shape, generator=generator)
        if "norm" in name:
            p.copy_(1 + 0.2 * noise)
        elif name.endswith("bias"):
            p.copy_(0.5 * noise)
        elif "embed" in name or "lm_head" in name:
            p.copy_(noise)
        else:
            p.copy_(gain * noise / p.shape[1] ** 0.5)
    ids = torch.randint(0, VOCAB, (1, 200), generator=generator)
    model.model.norm.weight.mul_(LOGIT_STD / model(ids).logits.std())


def write_adapter(folder, base, lora, dtype, seed):
    config = LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.05, **lora)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=dtype), config, autocast_adapter_dtype=False)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_A" in name:
                p.copy_(torch.randn(p.shape, generator=generator) / p.shape[1] ** 0.5)
            elif "lora_B" in name:
                p.copy_(0.2 * torch.randn(p.shape, generator=generator))
            elif "lora_embedding" in name:
                p.copy_(0.5 * torch.randn(p.shape, generator=generator))
            elif "lora_magnitude" in name:
                p.mul_(1 + 0.3 * torch.randn(p.shape, generator=generator))
            elif p.requires_grad:  # a bias, or a module to save
                p.add_(0.5 * p.std() * torch.randn(p.shape, generator=generator))
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    saved = json.loads((folder / "adapter_config.json").read_text())
    saved |= {"target_modules": sorted(saved["target_modules"]), "base_model_name_or_path": f"vectors/{base.name}"}
    write_json(folder / "adapter_config.json", saved)


def load(folder, adapter=None, dtype=torch.float32, **changes):
    config = None
    if changes:
        raw = json.loads((folder / "config.json").read_text()) | changes
        raw.pop("architectures")
        config = AutoConfig.for_model(**raw)
    model = AutoModelForCausalLM.from_pretrained(folder, config=config, dtype=dtype, attn_implementation="eager")
    model.generation_config = GenerationConfig(eos_token_id=None, pad_token_id=PAD)
    if adapter:
        model = PeftModel.from_pretrained(model, adapter, autocast_adapter_dtype=False)
    return model.to(dtype).eval()


def prompt_of(length, rng, tokenizer):
    """A text of `length` tokens, which are bytes here."""
    while True:
        text = chr(rng.randint(32, 126))
        while length > 1 and len(text.encode()) < length:
            text += rng.choice(WORDS) + " "
        text = text.encode()[:length].decode(errors="ignore")
        ids = tokenizer(text)["input_ids"]
        if len(ids) == length and tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text:
            return text, ids


@torch.no_grad()
def greedy(model, ids):
    """(tokens, logits before each of them [NEW_TOKENS, vocab])"""
    out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                         max_new_tokens=NEW_TOKENS, output_logits=True, return_dict_in_generate=True)
    return out.sequences[0, len(ids):].tolist(), torch.cat(out.logits)


@torch.no_grad()
def uncached(model, ids, tokens):
    return model(torch.tensor([ids + tokens[:-1]]), use_cache=False).logits[0, len(ids) - 1:]


def rounded(values, digits):
    return [float(f"{v:.{digits}g}") for v in values]


def case(name, adapter, length, spare, text, ids, tokens, logits, tokenizer):
    steps = []
    for token, row in zip(tokens, logits.log_softmax(-1)):
        best = row.topk(5)
        top5 = [[i, v] for i, v in zip(best.indices.tolist(), rounded(best.values.tolist(), 7))]
        steps.append({"token": token, "logprob": top5[0][1], "top5": top5})
    eos_at = tokens.index(END) if END in tokens else None
    return {
        "id": f"{name}/{adapter or 'base'}/{length}" + (f"#{spare}" if spare else ""), "model": name, "adapter": adapter,
        "prompt": text, "prompt_ids": ids, "last_logits": rounded(logits[0].tolist(), 8), "tokens": tokens,
        "text": tokenizer.decode(tokens, skip_special_tokens=True), "text_with_special": tokenizer.decode(tokens),
        "eos_at": eos_at, "finish_reason": "length" if eos_at is None else "stop", "steps": steps, "min_margin": margin(logits),
        "merged": None}


def margin(logits):
    best = logits.topk(2).values
    return round((best[:, 0] - best[:, 1]).min().item(), 4)


def make(name):
    """Write everything of one model and return its line of the README's table."""
    want = SPECS[name]
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
    folder = OUT / "models" / name
    write_model(folder, want["config"], want["stored"], seed)
    adapters = {None: None}
    for i, (adapter, lora) in enumerate(want["adapters"].items()):
        adapters[adapter] = OUT / "adapters" / name / adapter
        write_adapter(adapters[adapter], folder, lora, torch.float32 if i else torch.bfloat16, seed + 1 + i)

    tokenizer = AutoTokenizer.from_pretrained(folder)
    models = {a: load(folder, path) for a, path in adapters.items()}
    exact = {a: load(folder, path, torch.float64) for a, path in adapters.items()}
    merged = {a: copy.deepcopy(m).merge_and_unload() for a, m in models.items() if a}
    other = load(folder, **want["otherwise"])
    rng = random.Random(name)
    cases, drift, merged_drift, effect = [], 0.0, 0.0, 0.0
    for length in LENGTHS:
        for spare in range(1000):
            text, ids = prompt_of(length, rng, tokenizer)
            runs = {a: greedy(m, ids) for a, m in models.items()}
            if all(margin(logits) > MARGIN and len(set(tokens)) >= DISTINCT for tokens, logits in runs.values()):
                break
        else:
            raise SystemExit(f"{name}: no prompt of length {length} gives margins above {MARGIN} and {DISTINCT} distinct tokens")
        effect = max(effect, (uncached(other, ids, runs[None][0]) - runs[None][1]).abs().max().item())
        for a, (tokens, logits) in runs.items():
            drift = max(drift, *((uncached(m, ids, tokens) - logits).abs().max().item() for m in (models[a], exact[a])))
            row = case(name, a, length, spare, text, ids, tokens, logits, tokenizer)
            if a:
                merged_tokens, merged_logits = greedy(merged[a], ids)
                difference = (uncached(merged[a], ids, tokens) - logits).abs().max().item()
                row["merged"] = {"tokens": merged_tokens, "max_abs_logit_diff": float(f"{difference:.3g}")}
                merged_drift = max(merged_drift, difference)
                apart = (logits[0] - runs[None][1][0]).abs().max().item()
                assert apart > 1, f"{row['id']}: the adapter moves the logits by {apart} only"
            cases.append(row)
    assert effect > 1, f"{name}: {want['otherwise']} moves the logits by {effect} only"
    assert drift < 5e-4 and merged_drift < 5e-4, f"{name}: float32 paths differ by {drift}, merged by {merged_drift}"
    with open(OUT / "golden" / f"{name}.jsonl", "w", encoding="utf-8") as f:
        for row in cases:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")
    std = torch.tensor([row["last_logits"] for row in cases]).std().item()
    changes = ", ".join(f"`{k}: {json.dumps(v)}`" for k, v in want["otherwise"].items())
    return (f"| {name} | {len(cases)} | {min(r['min_margin'] for r in cases):.3f} | {std:.1f} | {drift:.1e} | {merged_drift:.1e} "
            f"| {changes}: {effect:.0f} |")


def make_variants(name):
    """Write the adapters of VARIANTS for one model, and return their line of the README's table."""
    seed = int.from_bytes(hashlib.sha256(f"{name} variants".encode()).digest()[:4])
    folder = OUT / "models" / name
    adapters = {}
    for i, (adapter, (lora, dtype)) in enumerate(VARIANTS[name].items()):
        adapters[adapter] = OUT / "adapters" / name / adapter
        shutil.rmtree(adapters[adapter], ignore_errors=True)
        write_adapter(adapters[adapter], folder, lora, dtype, seed + i)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    base = load(folder)
    rng = random.Random(f"{name} variants")
    rows, drift = [], 0.0
    for adapter, path in adapters.items():
        model, exact = load(folder, path), load(folder, path, torch.float64)
        for length in VARIANT_LENGTHS:
            for spare in range(1000):
                text, ids = prompt_of(length, rng, tokenizer)
                tokens, logits = greedy(model, ids)
                if margin(logits) > MARGIN and len(set(tokens)) >= DISTINCT:
                    break
            else:
                raise SystemExit(f"{name}/{adapter}: no prompt of length {length} gives margins above {MARGIN}")
            drift = max(drift, *((uncached(m, ids, tokens) - logits).abs().max().item() for m in (model, exact)))
            rows.append(case(name, adapter, length, spare, text, ids, tokens, logits, tokenizer))
            apart = (logits[0] - greedy(base, ids)[1][0]).abs().max().item()
            assert apart > 1, f"{rows[-1]['id']}: the adapter moves the logits by {apart} only"
    assert drift < 5e-4, f"{name}: float32 paths differ by {drift}"
    with open(OUT / "variants" / f"{name}.jsonl", "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")
    return f"| {name} | {len(rows)} | {min(r['min_margin'] for r in rows):.3f} | {drift:.1e} |"


def convert(pickled):
    """Convert an adapter's pickle as our error message tells its owner to."""
    folder = OUT / "converted" / pickled.parent.name / pickled.name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(pickled / "adapter_config.json", folder / "adapter_config.json")
    save_file(torch.load(pickled / "adapter_model.bin", weights_only=True), folder / "adapter_model.safetensors")


def main(names):
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for part in ("golden", "variants"):
        (OUT / part).mkdir(parents=True, exist_ok=True)
    only_variants = names[:1] == ["variants"]
    for pickled in sorted((RESOURCES / "golden/adapters").glob("*/legacy-bin")):
        convert(pickled)
    for name in names[only_variants:] or SPECS:
        if not only_variants:
            for part in ("models", "adapters"):
                shutil.rmtree(OUT / part / name, ignore_errors=True)
            print(make(name), flush=True)
        if name in VARIANTS:
            print(make_variants(name), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
