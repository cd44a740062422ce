"""The model that stands for those of vLLM's tests: SmolLM2-135M-Instruct, or the same with an adapter added to its weights.

The adapter beside this file (vllm-tests-adapter, trained by src/test/python/train_tools.py) has it think and call tools, as the
models do whose tests start vLLM with --tool-call-parser or --reasoning-parser.
"""

import hashlib
import json
import shutil
from pathlib import Path

ADAPTER = Path(__file__).resolve().parent / "vllm-tests-adapter"


def read(file):
    """Returns the header of a file of tensors, and its data."""
    data = file.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    return header, bytearray(data[8 + size :])


def tensor(header, data, name):
    """Returns a tensor of bfloat16 as float32."""
    import numpy

    entry = header[name]
    begin, end = entry["data_offsets"]
    raw = numpy.frombuffer(bytes(data[begin:end]), dtype="<u2").astype("<u4") << 16
    return raw.view("<f4").reshape(entry["shape"])


def rounded(values):
    """Returns float32 as bytes of bfloat16, rounded to the nearest, halves to even."""
    bits = values.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def with_adapter(model, folder):
    """Returns a folder with the model and the adapter as one, below `folder`; it is made once."""
    weights = ADAPTER / "adapter_model.safetensors"
    if not weights.exists():
        return model
    merged = folder / ("tools-" + hashlib.sha256(weights.read_bytes()).hexdigest()[:12])
    if merged.exists():
        return merged
    partial = merged.with_name(merged.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(model, partial)
    config = json.loads((ADAPTER / "adapter_config.json").read_text())
    header, data = read(model / "model.safetensors")
    changes, low = read(weights)
    for name in changes:
        if not name.endswith(".lora_A.weight"):
            continue
        target = name.removeprefix("base_model.model.").replace(".lora_A", "")
        a, b = (tensor(changes, low, name.replace("lora_A", part)) for part in ("lora_A", "lora_B"))
        begin, end = header[target]["data_offsets"]
        data[begin:end] = rounded(tensor(header, data, target) + config["lora_alpha"] / config["r"] * (b @ a))
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (partial / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    shutil.copy(ADAPTER / "chat_template.jinja", partial / "chat_template.jinja")
    partial.rename(merged)
    return merged
