#!/usr/bin/env python3
"""Write src/testing/data/peft/patterns.jsonl: which modules PEFT adapts, with which rank and scale, for many configurations.

    pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2
    python peft_patterns.py

Each row has the model, the fields given to LoraConfig, and what came of them: `modules` (name -> [r, scale]) and `saved` (modules
retrained whole, if any), or `error` (the exception's class). The models exist without weights only. 12 layers, so that a pattern can mistake layer 1 for 11.
"""

import json
import random
import warnings
from pathlib import Path

import torch
from peft import LoraConfig
from peft.mapping import inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from peft.utils import ModulesToSaveWrapper
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging

OUT = Path(__file__).resolve().parents[1] / "data/peft/patterns.jsonl"
SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 12, "num_attention_heads": 4, "num_key_value_heads": 2,
         "vocab_size": 64, "pad_token_id": None}
ATTENTION = {"llama": ["q_proj", "k_proj", "v_proj", "o_proj"], "phi3": ["qkv_proj", "o_proj"]}
MLP = {"llama": ["gate_proj", "up_proj", "down_proj"], "phi3": ["gate_up_proj", "down_proj"]}

FIXED = [
    {"target_modules": "all-linear"},
    {"target_modules": "ALL-LINEAR", "r": 4, "lora_alpha": 6},
    {"target_modules": "all-linear", "exclude_modules": ["o_proj"]},
    {"target_modules": "all-linear", "exclude_modules": r".*\.(1|11)\..*"},
    {"target_modules": "all-linear", "layers_to_transform": [1]},
    {"target_modules": ["o_proj"], "layers_to_transform": 1},
    {"target_modules": ["o_proj"], "layers_to_transform": []},
    {"target_modules": ["o_proj"], "layers_to_transform": [0, 11], "layers_pattern": "layers"},
    {"target_modules": ["o_proj"], "layers_to_transform": [0, 11], "layers_pattern": ["h", "layers"]},
    {"target_modules": ["o_proj"], "layers_to_transform": [0, 11], "layers_pattern": ["layers", "h"]},
    {"target_modules": ["o_proj"], "layers_to_transform": [0, 11], "layers_pattern": "l.*s"},
    {"target_modules": ["o_proj"], "layers_to_transform": [0, 11], "layers_pattern": "h"},
    {"target_modules": ["o_proj"], "layers_to_transform": [0, 11], "layers_pattern": []},
    {"target_modules": ["o_proj"], "layers_pattern": "layers"},
    {"target_modules": ["o_proj"], "layers_to_transform": [12]},
    {"target_modules": ["o_proj"], "layers_to_transform": [-1]},
    {"target_modules": r".*o_proj", "layers_to_transform": [1]},
    {"target_modules": r".*o_proj", "layers_pattern": "layers"},
    {"target_modules": ["model.layers.3.self_attn.o_proj", "down_proj"], "layers_to_transform": [1]},
    {"target_modules": ["self_attn.o_proj", "1.mlp.down_proj"]},
    {"target_modules": ["proj"]},
    {"target_modules": ["_proj"]},
    {"target_modules": ["layers.1.mlp.down_proj"]},
    {"target_modules": r"o_proj"},
    {"target_modules": r".*o_proj"},
    {"target_modules": r"model\.layers\.\d\.self_attn\.o_proj"},
    {"target_modules": r"model\.layers\.(?P<n>1|11)\.(?:self_attn|mlp)\.(o|down)_proj"},
    {"target_modules": r".*\.([02468]|1[13])\..*(o|down)_proj$"},
    {"target_modules": r"(?=.*\.1).*down_proj"},
    {"target_modules": r"(?!.*\.1).*down_proj"},
    {"target_modules": r".*(?<!\.1)\.mlp\.down_proj"},
    {"target_modules": r"^model\.(layers)\.\d{2}\.mlp.down_proj\Z"},
    {"target_modules": r".*\.(\d)\1\..*o_proj"},
    {"target_modules": r".*\.(?P<d>\d)(?P=d)\..*o_proj"},
    {"target_modules": r"[^x]*layers[.][^0-9]*[]0-5.][^x]*\.o_proj"},
    {"target_modules": r"model.layers.\d{,2}.mlp.down_proj"},
    {"target_modules": r"\w+(\.\w+)*?\.mlp\.down_proj"},
    {"target_modules": r"model\.layers\.\d++\.mlp\.down_proj"},
    {"target_modules": r"model\.layers\.(?>1|11)\.mlp\.down_proj"},
    {"target_modules": r".*\bdown_proj\b"},
    {"target_modules": r"(?i:MODEL)\.layers\..*down_proj"},
    {"target_modules": r".*down_proj|.*o_proj"},
    {"target_modules": r""},
    {"target_modules": r".*(", "r": 4},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {"down_proj": 2, "layers.1.mlp.down_proj": 3}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {"layers.1.mlp.down_proj": 3, "down_proj": 2}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {"1.mlp.down_proj": 3}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {"roj": 3}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {".*roj": 3}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {"^layers.1.mlp.down_proj": 3, "^model.layers.1.mlp.down_proj": 5}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {"o_proj|down_proj": 3}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {r"layers\.(1|11)\..*": 3}, "alpha_pattern": {r"layers\.1\d\..*": 5}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {r"layers\.\d\.mlp\.down_proj": 16}, "alpha_pattern": {"mlp.*": 2.5}, "use_rslora": True},
    {"target_modules": ["o_proj", "down_proj"], "alpha_pattern": {"o_proj$": 1, "down_proj.*": 2}, "r": 3},
    {"target_modules": ["o_proj", "down_proj"], "alpha_pattern": {"q_proj": 1}, "r": 3},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {"(down": 1}},
    {"target_modules": ["o_proj", "down_proj"], "rank_pattern": {"down_proj": 0}},
    {"target_modules": ["o_proj"], "exclude_modules": ["layers.1.self_attn.o_proj"]},
    {"target_modules": ["o_proj"], "exclude_modules": ["o_proj"]},
    {"target_modules": ["o_proj", "down_proj"], "exclude_modules": r".*\.self_attn\..*"},
    {"target_modules": ["o_proj", "down_proj"], "exclude_modules": r"self_attn"},
    {"target_modules": []},
    {"target_modules": ["o_proj"], "lora_alpha": 5, "r": 12, "use_rslora": True},
]

# Modules outside the layers, adapted or saved whole; these rows follow all others.
ENDS = [
    {"target_modules": ["embed_tokens"]},
    {"target_modules": ["lm_head"]},
    {"target_modules": ["embed_tokens", "lm_head", "o_proj"], "rank_pattern": {"lm_head": 2, "embed_tokens": 3}, "alpha_pattern": {"model.embed_tokens": 5}},
    {"target_modules": ["model.embed_tokens", "o_proj"], "layers_to_transform": [1]},
    {"target_modules": ["embed_tokens", "o_proj"], "layers_to_transform": [1]},
    {"target_modules": ["embed_tokens", "lm_head"], "layers_to_transform": [1]},
    {"target_modules": ["lm_head", "o_proj"], "layers_to_transform": [1]},
    {"target_modules": ["lm_head", "embed_tokens"], "exclude_modules": ["lm_head"]},
    {"target_modules": r".*(embed_tokens|o_proj)"},
    {"target_modules": r"lm_head|model\.embed_tokens", "exclude_modules": r".*embed.*"},
    {"target_modules": "all-linear", "modules_to_save": ["lm_head"]},
    {"target_modules": "all-linear", "modules_to_save": ["embed_tokens", "lm_head"]},
    {"target_modules": ["lm_head", "o_proj"], "modules_to_save": ["lm_head"]},
    {"target_modules": ["embed_tokens", "o_proj"], "modules_to_save": ["model.embed_tokens"]},
    {"target_modules": ["lm_head"], "modules_to_save": ["lm_head"]},
    {"target_modules": ["embed_tokens"], "modules_to_save": ["lm_head"], "use_rslora": True},
    {"target_modules": ["embed_tokens", "o_proj"], "lora_bias": True},
    {"target_modules": ["lm_head", "o_proj"], "lora_bias": True},
    {"target_modules": ["o_proj"], "lora_bias": True, "use_dora": True},
    {"target_modules": ["o_proj"], "lora_bias": True, "init_lora_weights": "gaussian"},
    {"target_modules": ["o_proj"], "use_dora": True, "init_lora_weights": "mica"},
    {"target_modules": ["o_proj"], "bias": "some"},
]


def drawn(family, rng):
    """One configuration put together at random from what people write."""
    modules = ATTENTION[family] + MLP[family]
    config = {"r": rng.choice([1, 2, 3, 4, 8, 16]), "lora_alpha": rng.choice([1, 2, 5, 8, 16, 32, 0.5])}
    layer = lambda: rng.randrange(12)
    part = lambda: rng.choice(modules)
    parent = lambda m: "self_attn" if m in ATTENTION[family] else "mlp"

    def name():
        m = part()
        return rng.choice([m, f"{parent(m)}.{m}", f"{layer()}.{parent(m)}.{m}", f"layers.{layer()}.{parent(m)}.{m}",
                           f"model.layers.{layer()}.{parent(m)}.{m}"])

    def regex():
        some = "|".join(rng.sample(modules, rng.randint(1, len(modules))))
        layers = "|".join(str(layer()) for _ in range(rng.randint(1, 4)))
        return rng.choice([rf".*\.({layers})\..*\.({some})", rf"model\.layers\.\d+\.(self_attn|mlp)\.({some})",
                           rf"^model\.layers\.({layers})\.[a-z_]+\.(?:{some})$", rf".*({some})", rf".*layers.{layer()}.*_proj",
                           rf"(.*\.)?({some})"])

    if rng.random() < 0.35:
        config["target_modules"] = regex() if rng.random() < 0.85 else "all-linear"
    else:
        config["target_modules"] = sorted({name() for _ in range(rng.randint(1, 5))})
        if rng.random() < 0.4:
            config["layers_to_transform"] = rng.choice([layer(), sorted({layer() for _ in range(3)})])
            if rng.random() < 0.5:
                config["layers_pattern"] = rng.choice(["layers", ["layers"], ["blocks", "layers"], "model.layers"])
    if rng.random() < 0.3:
        config["exclude_modules"] = regex() if rng.random() < 0.5 else sorted({name() for _ in range(2)})
    for field, values in (("rank_pattern", [1, 2, 4, 6, 32]), ("alpha_pattern", [1, 3, 4.5, 64])):
        if rng.random() < 0.5:
            config[field] = {rng.choice([name, name, regex])(): rng.choice(values) for _ in range(rng.randint(1, 4))}
    if rng.random() < 0.3:
        config["use_rslora"] = True
    return config


def applied(family, fields):
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **SIZES))
        try:
            inject_adapter_in_model(LoraConfig(task_type="CAUSAL_LM", **fields), model)
        except Exception as e:  # whatever PEFT raises, it does not apply this configuration
            return {"error": type(e).__name__}
    found = {"modules": {n: [m.r["default"], m.scaling["default"]] for n, m in model.named_modules() if isinstance(m, LoraLayer)}}
    saved = [n for n, m in model.named_modules() if isinstance(m, ModulesToSaveWrapper)]
    return found | ({"saved": saved} if saved else {})


def main():
    warnings.simplefilter("ignore")
    logging.set_verbosity_error()
    rng = random.Random(0)
    rows = [(family, fields) for family in ATTENTION for fields in FIXED]
    rows += [(family, drawn(family, rng)) for family in ATTENTION for _ in range(150)]
    rows += [(family, fields) for family in ATTENTION for fields in ENDS]
    OUT.parent.mkdir(exist_ok=True)
    with OUT.open("w") as out:
        for family, fields in rows:
            out.write(json.dumps({"model": family, "config": fields, **applied(family, fields)}) + "\n")


main()
