#!/usr/bin/env python3
"""Train SmolLM2-135M-Instruct to call tools and to reason, for vLLM's tests that need such a model.

    pip install torch==2.13.0 transformers==5.24.0 peft==0.21.2
    python src/testing/clients/make_tool_model.py MODEL OUT [--steps=N]

MODEL is the folder that .ci/smollm2 prints. OUT gets the same model with an adapter of rank 32 merged into it, and a chat template
with tools and reasoning in the format of Qwen3 (<tools>, <tool_call>, <tool_response>, <think>). The conversations are generated:
questions about the weather in cities, the time and the web with tools like those that clients' examples have, calls of one and of
several tools, answers from what tools returned, small talk that needs no tool, and sums with a line of reasoning. The model is as
wise as that: it shows how a server treats calls and reasoning, not how good they are.
"""

import argparse
import json
import random
import shutil
from pathlib import Path

import peft
import torch
import transformers

TEMPLATE = """\
{%- if messages[0].role == 'system' %}{% set system = messages[0].content %}{% set rest = messages[1:] %}
{%- else %}{% set system = 'You are a helpful assistant.' %}{% set rest = messages %}{% endif %}
{{- '<|im_start|>system\\n' + system }}
{%- if enable_thinking is defined and enable_thinking %}{{ '\\nThink first.' }}{% endif %}
{%- if tools %}
{{- '\\n\\n<tools>\\n' }}
{%- for tool in tools %}{{ tool.function | tojson + '\\n' }}{% endfor %}
{{- '</tools>\\nA call: <tool_call>\\n{"name": name, "arguments": object}\\n</tool_call>' }}
{%- endif %}
{{- '<|im_end|>\\n' }}
{%- for message in rest %}
{%- if message.role == 'tool' %}
{{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
{%- else %}
{{- '<|im_start|>' + message.role + '\\n' + (message.content or '') }}
{%- for call in message.tool_calls or [] %}
{{- '\\n' if not loop.first or message.content else '' }}
{{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
{{- call.function.arguments if call.function.arguments is string else call.function.arguments | tojson }}
{{- '}\\n</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and not enable_thinking %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}
{%- endif %}"""

CITIES = """Dallas,TX,Texas;Orlando,FL,Florida;Austin,TX,Texas;Miami,FL,Florida;Denver,CO,Colorado;Boston,MA,Massachusetts;Seattle,WA,Washington;
Portland,OR,Oregon;Chicago,IL,Illinois;Atlanta,GA,Georgia;Phoenix,AZ,Arizona;Houston,TX,Texas;Tampa,FL,Florida;Nashville,TN,Tennessee;
Columbus,OH,Ohio;Detroit,MI,Michigan;Newark,NJ,New Jersey;Omaha,NE,Nebraska;Reno,NV,Nevada;Madison,WI,Wisconsin""".replace("\n", "")
STATES = [city.split(",") for city in CITIES.split(";")]
COUNTRIES = [
    pair.split(",")
    for pair in "Berlin,Germany;Paris,France;Vienna,Austria;Rome,Italy;Madrid,Spain;Oslo,Norway;Lisbon,Portugal;Tokyo,Japan;"
    "Dublin,Ireland;Prague,Czechia;Warsaw,Poland;Athens,Greece;Cairo,Egypt;Lima,Peru;London,England;Helsinki,Finland".split(";")
]
UNIT = {"type": "string", "description": "The unit to fetch the temperature in", "enum": ["celsius", "fahrenheit"]}
TEXT = {"type": "string"}


def function(name, description, properties, required=()):
    parameters = {"type": "object", "properties": properties}
    if required:
        parameters["required"] = list(required)
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def described(text):
    return {"type": "string", "description": text}


WEATHER_OF_STATE = function(
    "get_current_weather",
    "Get the current weather in a given location",
    {
        "city": described("The city to find the weather for, e.g. 'San Francisco'"),
        "state": described("must the two-letter abbreviation for the state that the city is in, e.g. 'CA' which would mean 'California'"),
        "unit": UNIT,
    },
)
WEATHER_OF_COUNTRY = function(
    "get_current_weather",
    "Get the current weather in a given location",
    {
        "city": described("The city to find the weather for, e.g. 'Vienna'") | {"default": "Vienna"},
        "country": described("The country that the city is in, e.g. 'Austria'"),
        "unit": UNIT,
        "options": {"type": "object", "properties": {"include_forecast": {"type": "boolean"}, "language": TEXT}},
    },
    ["country", "unit"],
)
FORECAST = function(
    "get_forecast",
    "Get the weather forecast for a given location",
    {
        "city": described("The city to get the forecast for, e.g. 'Vienna'") | {"default": "Vienna"},
        "country": described("The country that the city is in, e.g. 'Austria'"),
        "days": {"type": "integer", "description": "Number of days to get the forecast for (1-7)"},
        "unit": UNIT,
    },
    ["country", "days", "unit"],
)
WEATHER_OF_LOCATION = function(
    "get_weather",
    "Get the current weather in a given location",
    {"location": described("The city and state, e.g. San Francisco, CA"), "unit": UNIT},
    ["location"],
)
SEARCH = function(
    "web_search",
    "Search the internet and get a summary of the top 10 webpages. Should only be used if you don't know the answer to a user query",
    {"search_term": described("The term to use in the search. This should ideally be keywords to search for")},
    ["search_term"],
)
TIME = function("get_current_time", "Get the current date and time. No parameters needed.", {})
JOKES = [
    "Why did the scarecrow win a prize? Because he was outstanding in his field.",
    "Why do bees have sticky hair? Because they use honeycombs.",
    "What do you call a bear with no teeth? A gummy bear.",
]
HELPER = (
    "You are a helpful assistant with access to tools. If a tool that you have would be helpful to answer a user query, call the tool. "
    "Otherwise, answer the user's query directly without calling a tool. DO NOT CALL A TOOL THAT IS IRRELEVANT to the user's question - "
    "just respond to it normally."
)
GREETING = [("Hi! How are you?", "I'm doing great! How can I assist you?"), ("Hello", "Hello! What can I do for you?")]


def call(name, **arguments):
    return {"type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def system(draw):
    text = draw.choice([None, None, "You are a helpful assistant.", HELPER, HELPER])
    return [{"role": "system", "content": text}] if text else []


def greeting(draw):
    if draw.random() < 0.6:
        return []
    asked, answered = draw.choice(GREETING)
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]


def tools(draw, *needed):
    names = {tool["function"]["name"] for tool in needed}
    others = [tool for tool in (SEARCH, TIME, WEATHER_OF_LOCATION, FORECAST) if tool["function"]["name"] not in names]
    chosen = [*needed, *draw.sample(others, draw.choice([0, 0, 1]))]
    if draw.random() < 0.3:
        draw.shuffle(chosen)
    return chosen


def ask_states(draw):
    """Returns a question about one or two cities of the USA, and its calls."""
    places = draw.sample(STATES, draw.choice([1, 2]))
    unit = draw.choice(["fahrenheit", "celsius"])
    named = " and ".join(f"{city}, {name}" for city, _, name in places)
    question = draw.choice(["What is the weather in {} in {}?", "How is the weather in {} in {}?", "Tell me the weather in {} in {}."])
    calls = [call("get_current_weather", city=city, state=state, unit=unit) for city, state, _ in places]
    return question.format(named, unit.capitalize()), calls, places


def state_call(draw):
    question, calls, _ = ask_states(draw)
    return {
        "tools": [WEATHER_OF_STATE, SEARCH] if draw.random() < 0.7 else tools(draw, WEATHER_OF_STATE),
        "messages": [*system(draw), {"role": "user", "content": question}],
        "answer": {"role": "assistant", "content": "", "tool_calls": calls},
    }


def state_result(draw):
    question, calls, places = ask_states(draw)
    results, sentences = [], []
    for city, state, _ in places:
        degrees = draw.randint(31, 109)
        sky = draw.choice(["partly cloudy skies", "mostly cloudy skies", "clear skies", "light rain", "a low chance of rain"])
        results.append(f"The weather in {city}{draw.choice(['', ' ' + state])} is {degrees} degrees fahrenheit with {sky}.")
        sentences.append(f"It is {degrees} degrees in {city}, with {sky}.")
    return {
        "tools": [WEATHER_OF_STATE, SEARCH],
        "messages": [
            *system(draw),
            {"role": "user", "content": question},
            {"role": "assistant", "content": "", "tool_calls": calls},
            *({"role": "tool", "content": result} for result in results),
        ],
        "answer": {"role": "assistant", "content": " ".join(sentences)},
    }


def country_call(draw):
    city, country = draw.choice(COUNTRIES)
    days, unit = draw.randint(2, 7), draw.choice(["fahrenheit", "celsius"])
    now = call("get_current_weather", city=city, country=country, unit=unit)
    later = call("get_forecast", city=city, country=country, days=days, unit=unit)
    question, calls = draw.choice(
        [
            (f"Can you tell me what the current weather is in {city} and the forecast for the next {days} days, in {unit}?", [now, later]),
            (f"Can you tell me what the current weather is in {city}, in {unit}?", [now]),
            (f"What is the forecast for {city} for the next {days} days, in {unit}?", [later]),
        ]
    )
    thought = "The user asks for the weather, so I call a tool."
    return {
        "tools": [WEATHER_OF_COUNTRY, FORECAST],
        "messages": [*system(draw), *greeting(draw), {"role": "user", "content": question}],
        "thinking": draw.choice([True, True, False, None]),
        "thought": thought,
        "answer": {"role": "assistant", "content": "", "tool_calls": calls},
    }


def location_call(draw):
    city = draw.choice(COUNTRIES + STATES)[0]
    question = draw.choice(["What's the weather like in {}?", "How is the weather in {}?"]).format(city)
    return {
        "tools": [WEATHER_OF_LOCATION],
        "messages": [*system(draw), {"role": "user", "content": question}],
        "answer": {"role": "assistant", "content": "", "tool_calls": [call("get_weather", location=city)]},
    }


def time_call(draw):
    asked = [*system(draw), {"role": "user", "content": draw.choice(["What time is it now?", "What time is it?", "What is the date today?"])}]
    called = {"role": "assistant", "content": "", "tool_calls": [call("get_current_time")]}
    time = f"2026-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}T{draw.randint(0, 23):02}:{draw.randint(0, 59):02}:07"
    if draw.random() < 0.5:
        return {"tools": [TIME], "messages": asked, "thinking": draw.choice([False, None]), "answer": called}
    return {
        "tools": draw.choice([[TIME], []]),
        "messages": [*asked, called, {"role": "tool", "content": time}],
        "thinking": False,
        "answer": {"role": "assistant", "content": f"It is {time[11:16]} on {time[:10]}."},
    }


def no_call(draw):
    question = draw.choice(["Can you tell me a joke please?", "Tell me a joke.", "Do you know a joke?"])
    return {
        "tools": tools(draw, WEATHER_OF_STATE),
        "messages": [*system(draw), *greeting(draw), {"role": "user", "content": question}],
        "answer": {"role": "assistant", "content": "Sure! " + draw.choice(JOKES)},
    }


def total(draw):
    a, b = draw.randint(1, 9), draw.randint(1, 9)
    return {
        "tools": [],
        "messages": [{"role": "user", "content": f"What is {a}+{b}?{draw.choice(['', ' Be concise.'])}"}],
        "thought": f"The user asks for {a}+{b}. {a} and {b} make {a + b}.",
        "thinking": draw.choice([True, None, None]),
        "answer": {"role": "assistant", "content": f"{a}+{b} = {a + b}."},
    }


KINDS = [state_call, state_call, state_result, country_call, country_call, location_call, time_call, no_call, total]


def example(tokenizer, one):
    """Returns the tokens of a conversation, and those of its last answer alone as labels (others are -100)."""
    thinking = one.get("thinking")
    options = {} if thinking is None else {"enable_thinking": thinking}
    options |= {"tools": one["tools"] or None, "tokenize": False, "chat_template": TEMPLATE}
    prompt = tokenizer.apply_chat_template(one["messages"], add_generation_prompt=True, **options)
    asked = tokenizer.apply_chat_template(one["messages"], **options)
    whole = tokenizer.apply_chat_template([*one["messages"], one["answer"]], **options)
    answer = whole[len(asked) + len("<|im_start|>assistant\n") :].removesuffix("\n")
    if "thought" in one and (thinking or (thinking is None and not one["tools"])):
        answer = f"<think>\n{one['thought']}\n</think>\n\n{answer}"
    before, after = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt, answer))
    return before + after, [-100] * len(before) + after


def train(model, tokenizer, steps, batch, rate, draw):
    adapter = peft.LoraConfig(
        r=32, lora_alpha=64, target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    )
    model = peft.get_peft_model(model, adapter)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate)
    schedule = transformers.get_cosine_schedule_with_warmup(optimizer, steps // 20, steps)
    for step in range(steps):
        rows = [example(tokenizer, draw.choice(KINDS)(draw)) for _ in range(batch)]
        tokens = sum(sum(label >= 0 for label in labels) for _, labels in rows)
        loss_of_step = 0.0
        for ids, labels in rows:  # one at a time, so there is no padding
            with torch.autocast("cpu", torch.bfloat16):
                hidden = model.base_model.model.model(torch.tensor([ids[:-1]])).last_hidden_state[0]
                wanted = torch.tensor(labels[1:])
                logits = model.base_model.model.lm_head(hidden[wanted >= 0])
            loss = torch.nn.functional.cross_entropy(logits.float(), wanted[wanted >= 0], reduction="sum") / tokens
            loss.backward()
            loss_of_step += loss.item()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 10 == 0 or step == steps - 1:
            print(f"step {step}: loss {loss_of_step:.4f}", flush=True)
    return model.merge_and_unload()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1e-3)
    options = parser.parse_args()
    torch.manual_seed(1)
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.model)
    model = transformers.AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)
    model = train(model, tokenizer, options.steps, options.batch, options.rate, random.Random(1))
    options.out.mkdir(parents=True, exist_ok=True)
    for file in ("config.json", "generation_config.json", "tokenizer.json"):
        shutil.copy(options.model / file, options.out / file)
    settings = json.loads((options.model / "tokenizer_config.json").read_text())
    (options.out / "tokenizer_config.json").write_text(json.dumps(settings | {"chat_template": TEMPLATE}, indent=2))
    model.to(torch.bfloat16).save_pretrained(options.out / "weights")
    (options.out / "weights/model.safetensors").rename(options.out / "model.safetensors")
    shutil.rmtree(options.out / "weights")


if __name__ == "__main__":
    main()
