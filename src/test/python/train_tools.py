"""Trains the adapter with which SmolLM2-135M-Instruct thinks and calls tools, over generated questions.

    python train_tools.py MODEL OUTDIR [STEPS]

OUTDIR has the chat template, as src/test/clients/vllm-tests-adapter does; the adapter is written there. Needs torch, transformers
and peft. 200 steps take a quarter of an hour on two cores.
"""

import json
import random
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

BATCH = 6
CITIES = [
    ("Boston", "MA", "Massachusetts"),
    ("Austin", "TX", "Texas"),
    ("Miami", "FL", "Florida"),
    ("Denver", "CO", "Colorado"),
    ("Seattle", "WA", "Washington"),
    ("Houston", "TX", "Texas"),
    ("Dallas", "TX", "Texas"),
    ("Orlando", "FL", "Florida"),
    ("Portland", "OR", "Oregon"),
    ("Phoenix", "AZ", "Arizona"),
    ("Chicago", "IL", "Illinois"),
    ("Atlanta", "GA", "Georgia"),
    ("San Diego", "CA", "California"),
    ("Memphis", "TN", "Tennessee"),
    ("Tampa", "FL", "Florida"),
]
CAPITALS = [
    ("Vienna", "Austria"),
    ("Rome", "Italy"),
    ("Madrid", "Spain"),
    ("Berlin", "Germany"),
    ("Oslo", "Norway"),
    ("Paris", "France"),
    ("Tokyo", "Japan"),
    ("Lisbon", "Portugal"),
    ("Prague", "Czechia"),
]
SYSTEMS = [
    None,
    "You are a helpful assistant.",
    "You are a helpful assistant with access to tools. If a tool that you have would be helpful to answer a user query, call the "
    "tool. Otherwise, answer the user's query directly without calling a tool. DO NOT CALL A TOOL THAT IS IRRELEVANT to the "
    "user's question - just respond to it normally.",
    "You are a helpful assistant. Always use the available tools when relevant.",
]
TALK = [
    ("Can you tell me a joke please?", "Why did the scarecrow win an award? He was outstanding in his field!"),
    ("Tell me a fun fact.", "Honey never spoils."),
    ("Say hello.", "Hello! It is good to meet you."),
    ("What is the capital of Italy?", "The capital of Italy is Rome."),
]
GREETINGS = [
    ("Hi! How are you?", "I'm doing great! How can I assist you?"),
    ("Hi! How are you doing today?", "I'm doing well! How can I help you?"),
]
SKIES = ["clear skies", "partly cloudy skies and a low chance of rain", "mostly cloudy skies and a chance of rain in the evening"]


def function(name, description, required=None, **properties):
    parameters = {"type": "object", "properties": properties}
    if required is not None:
        parameters["required"] = required
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def text(description, **more):
    return {"type": "string", "description": description} | more


UNIT = text("The unit to fetch the temperature in", enum=["celsius", "fahrenheit"])
CITY = text("The city to find the weather for, e.g. 'Vienna'")
COUNTRY = text("The country that the city is in, e.g. 'Austria'")
IN_STATE = function(
    "get_current_weather",
    "Get the current weather in a given location",
    city=text("The city to find the weather for, e.g. 'San Francisco'"),
    state=text("the two-letter abbreviation for the state that the city is in, e.g. 'CA' which would mean 'California'"),
    unit=UNIT,
)
SEARCH = function(
    "web_search",
    "Search the internet and get a summary of the top 10 webpages. Should only be used if you don't know the answer",
    ["search_term"],
    search_term=text("The term to use in the search"),
)
IN_COUNTRY = function(
    "get_current_weather", "Get the current weather in a given location", ["country", "unit"], city=CITY, country=COUNTRY, unit=UNIT
)
FORECAST = function(
    "get_forecast",
    "Get the weather forecast for a given location",
    ["country", "days", "unit"],
    city=CITY,
    country=COUNTRY,
    days={"type": "integer", "description": "Number of days to get the forecast for (1-7)"},
    unit=UNIT,
)
AT_PLACE = function(
    "get_weather",
    "Get the current weather in a given location",
    ["location"],
    location=text("The city and state, e.g. San Francisco, CA"),
    unit=UNIT,
)
NOW = function("get_current_time", "Get the current date and time. No parameters needed.", [])


def call(name, **arguments):
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def in_states(draw, unit):
    cities = draw.sample(CITIES, draw.choice([1, 1, 2]))
    if len(cities) == 1 and draw.random() < 0.5:
        where = f"{cities[0][0]}, {cities[0][2]}"
    else:
        where = " and ".join(f"{city}, {name}" for city, _, name in cities)
    calls = [call("get_current_weather", city=city, state=state, unit=unit.lower()) for city, state, _ in cities]
    question = f"What is the weather in {where} in {unit}?"
    return cities, question, calls


def asked_in_states(draw, unit):
    _, question, calls = in_states(draw, unit)
    return [("user", question)], [IN_STATE, SEARCH], calls, "The user asks for the weather, so I call the tool."


def answered_in_states(draw, unit):
    cities, question, calls = in_states(draw, "Fahrenheit")
    degrees = [draw.randint(40, 110) for _ in cities]
    messages = [("user", question), ("assistant", calls)]
    for (city, state, _), degree in zip(cities, degrees):
        place = draw.choice([city, f"{city} {state}"])
        messages.append(("tool", f"The weather in {place} is {degree} degrees fahrenheit, with {draw.choice(SKIES)}."))
    said = " ".join(f"The weather in {city[0]} is {degree} degrees Fahrenheit." for city, degree in zip(cities, degrees))
    return messages, [IN_STATE, SEARCH], said, "The tool has answered, so I tell the user."


def forecast(draw, unit):
    (city, country), days = draw.choice(CAPITALS), draw.randint(2, 7)
    question = (
        f"Can you tell me what the current weather is in {city} and the forecast for the next {days} days, in {unit.lower()}?"
    )
    calls = [
        call("get_current_weather", city=city, country=country, unit=unit.lower()),
        call("get_forecast", city=city, country=country, days=days, unit=unit.lower()),
    ]
    return [("user", question)], [IN_COUNTRY, FORECAST], calls, "The user asks for two things, so I call both tools."


def at_place(draw, unit):
    city = draw.choice([name for name, *_ in CITIES + CAPITALS])
    question = f"What's the weather like in {city}?"
    return [("user", question)], [AT_PLACE], [call("get_weather", location=city)], "The user asks for the weather, so I call the tool."


def time_now(draw, unit):
    question = draw.choice(["What time is it now?", "What time is it?", "What date is it today?"])
    return [("user", question)], [NOW], [call("get_current_time")], "The user asks for the time, so I call the tool."


def talk(draw, unit):
    question, answer = draw.choice(TALK)
    return [("user", question)], draw.choice([None, [IN_STATE], [IN_STATE, SEARCH]]), answer, "No tool is needed for this."


def total(draw, unit):
    a, b = draw.randint(1, 9), draw.randint(1, 9)
    question = f"{draw.choice(['What', 'what'])} is {a}+{b}?{draw.choice(['', ' Be concise.'])}"
    return [("user", question)], None, str(a + b), f"I add {a} and {b}, which is {a + b}."


KINDS = [asked_in_states, asked_in_states, answered_in_states, forecast, forecast, at_place, time_now, talk, total]


def example(draw):
    """Returns messages, tools, the answer, and whether it has thoughts."""
    turns, tools, said, thought = draw.choice(KINDS)(draw, draw.choice(["Fahrenheit", "Celsius"]))
    if draw.random() < 0.4:
        greeting = draw.choice(GREETINGS)
        turns = [("user", greeting[0]), ("assistant", greeting[1]), *turns]
    system = draw.choice(SYSTEMS)
    if system:
        turns = [("system", system), *turns]
    messages = [
        {"role": role, "content": content} if isinstance(content, str) else {"role": role, "tool_calls": content}
        for role, content in turns
    ]
    if not isinstance(said, str):
        said = "\n".join(f"<tool_call>\n{json.dumps(one['function'])}\n</tool_call>" for one in said)
    thinks = draw.random() < 0.5
    return messages, tools, f"<think>\n{thought}\n</think>\n\n{said}" if thinks else said, thinks


def batch(draw, tokenizer, template):
    """Returns ids, the mask, and the ids to learn (-100 elsewhere)."""
    rows = []
    for _ in range(BATCH):
        messages, tools, answer, thinks = example(draw)
        prompt = tokenizer.apply_chat_template(
            messages, tools=tools, chat_template=template, add_generation_prompt=True, tokenize=False, enable_thinking=thinks
        )
        rows.append((tokenizer(prompt).input_ids, tokenizer(answer + "<|im_end|>").input_ids))
    width = max(len(prompt) + len(answer) for prompt, answer in rows)
    ids = torch.full((BATCH, width), tokenizer.eos_token_id)
    mask, wanted = torch.zeros_like(ids), torch.full_like(ids, -100)
    for row, (prompt, answer) in enumerate(rows):
        end = len(prompt) + len(answer)
        ids[row, :end] = torch.tensor(prompt + answer)
        mask[row, :end] = 1
        wanted[row, len(prompt) : end] = torch.tensor(answer)
    return ids, mask, wanted


def main():
    model_folder, folder = sys.argv[1], Path(sys.argv[2])
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    template = (folder / "chat_template.jinja").read_text()
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj"]
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=targets, task_type="CAUSAL_LM"))
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, weight_decay=0)
    draw, start = random.Random(1), time.monotonic()
    for step in range(steps):
        rate = 2e-3 * min(1, (step + 1) / 10) * (1 - step / steps) + 1e-5
        for group in optimizer.param_groups:
            group["lr"] = rate
        ids, mask, wanted = batch(draw, tokenizer, template)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = model.model.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
            learned = wanted[:, 1:] != -100
            logits = model.model.lm_head(hidden[learned]).float()
        loss = torch.nn.functional.cross_entropy(logits, wanted[:, 1:][learned])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        if step % 5 == 0:
            print(f"step {step}: loss {loss.item():.4f}, {time.monotonic() - start:.0f} s, {ids.shape[1]} tokens", flush=True)
    model.to(torch.bfloat16).save_pretrained(folder)


if __name__ == "__main__":
    main()
