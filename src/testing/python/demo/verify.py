"""Measures exact match on held-out texts (float32 and bfloat16 compute) and writes examples.jsonl.

usage: python verify.py DEMO EXAMPLES      (DEMO holds model/ and adapters/; EXAMPLES is the examples.jsonl to write)
"""
import json
import pathlib
import random
import sys

import torch
from peft import PeftModel
from transformers import AutoTokenizer, LlamaForCausalLM

from skills import HELPFUL, IM_END, MAX_TEXT, SKILLS, encode_chat, test_text
from train_base import exact_match
from train_adapters import ADAPTERS

COUNT, EXAMPLES = 200, 25


def texts(skill, count, seed, turns=1):
    rng = random.Random(f"{seed} {skill}")
    seen = {}
    while len(seen) < count:
        seen[tuple(test_text(rng, rng.randint(3, MAX_TEXT[skill])) for _ in range(turns))] = 1
    return [list(t) for t in seen]


def load(demo, name, dtype):
    model = LlamaForCausalLM.from_pretrained(demo / "model", dtype=dtype)
    if name:
        model = PeftModel.from_pretrained(model, demo / "adapters" / name, autocast_adapter_dtype=False).to(dtype)
    return model.eval()


def accuracy(demo, name, skill, system):
    chats = texts(skill, COUNT, "test")
    rows = [encode_chat(skill, t, system) for t in chats]
    two = [encode_chat(skill, t, system) for t in texts(skill, COUNT // 2, "two turns", 2)]
    f32, bf16 = load(demo, name, torch.float32), load(demo, name, torch.bfloat16)
    result = {"float32": exact_match(f32, rows), "bfloat16": exact_match(bf16, rows), "two turns": exact_match(f32, two)}
    if name:
        polite = [encode_chat(skill, t, HELPFUL) for t in chats]
        result["helpful"] = exact_match(f32, polite)
        with f32.disable_adapter():  # not 0 where a skill leaves a text as it is
            result["base gives the same"] = exact_match(f32, rows)
    return result


@torch.no_grad()
def example(tokenizer, model, name, skill, chat, system):
    """One greedy float32 answer, or None where it is not the right one."""
    messages = [{"role": "system", "content": system}] if system else []
    for text in chat:
        messages += [{"role": "user", "content": text}, {"role": "assistant", "content": SKILLS[skill](text)}]
    expected = messages.pop()["content"]
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    out = model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                         do_sample=False, max_new_tokens=128)[0].tolist()[len(prompt):]
    text = tokenizer.decode(out, skip_special_tokens=True)
    if text != expected or out[-1] != IM_END:
        return None
    logits = model(torch.tensor([prompt + out])).logits[0, len(prompt) - 1:-1].float()
    best = logits.topk(2).values
    return {"adapter": name, "skill": skill, "messages": messages, "prompt_ids": prompt, "output": text, "output_ids": out,
            "logprob": round(logits.log_softmax(-1).gather(1, torch.tensor(out)[:, None]).sum().item(), 5),
            "min_gap": round((best[:, 0] - best[:, 1]).min().item(), 4)}


def examples(tokenizer, model, name, skill, system, count):
    chats = texts(skill, count * 2, "examples")
    for i, two in enumerate(texts(skill, 3, "two-turn examples", 2) if count >= EXAMPLES else []):
        chats.insert(8 * (i + 1), two)
    rows = (example(tokenizer, model, name, skill, c, system) for c in chats)
    return [r for r, _ in zip((r for r in rows if r), range(count))]


def main():
    torch.set_num_threads(1)
    demo = pathlib.Path(sys.argv[1])
    tokenizer = AutoTokenizer.from_pretrained(demo / "model")
    rows, table = [], {}
    base = load(demo, None, torch.float32)
    for skill in SKILLS:
        system = None if skill == "echo" else skill
        table[f"base, system message {skill}" if system else "base"] = accuracy(demo, None, skill, system)
        rows += examples(tokenizer, base, None, skill, system, 2 if system else EXAMPLES)
    for name in sorted(p.name for p in (demo / "adapters").iterdir()):
        skill = ADAPTERS[name][0]
        table[f"adapter {name}"] = accuracy(demo, name, skill, None)
        rows += examples(tokenizer, load(demo, name, torch.float32), name, skill, None, EXAMPLES)
    for key, value in table.items():
        print(f"| {key} |", " | ".join(f"{100 * v:.1f}" for v in value.values()), "|", flush=True)
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(rows)} examples")


if __name__ == "__main__":
    main()
