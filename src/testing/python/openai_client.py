#!/usr/bin/env python3
"""Check a running dLoRA server of the bundled demo model with the official `openai` client.

    pip install openai
    python openai_client.py http://127.0.0.1:8080 [EXAMPLES]

EXAMPLES is src/testing/data/demo/examples.jsonl: prompts with the answers of transformers and PEFT. Every check prints a
line; the last line is `N passed, N failed`, and the exit status tells whether any failed.
"""

import asyncio
import json
import random
import sys
import traceback
from pathlib import Path
from typing import Literal

import openai
import pydantic
from openai import AsyncOpenAI, OpenAI

EXAMPLES = Path(__file__).resolve().parents[1] / "data/demo/examples.jsonl"
TEXT = "The quick brown fox"
END = "<|im_end|>"
CONCURRENCY = 64
TIE = 0.5  # closer logits than this may fall the other way in 16-bit arithmetic
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Server:
    """The server under test; `base` is its model without a parent, `adapters` are the others."""

    def __init__(self, url, examples):
        self.url = url.rstrip("/") + "/v1"
        self.client = OpenAI(base_url=self.url, api_key="none", max_retries=0, timeout=60)
        self.models = {m.id: m for m in self.client.models.list()}
        self.base = next(name for name, m in self.models.items() if m.parent is None)
        self.adapters = sorted(set(self.models) - {self.base})
        rows = [json.loads(line) for line in open(examples, encoding="utf-8")]
        self.examples = [r | {"model": r["adapter"] or self.base} for r in rows if r["min_gap"] >= TIE]

    def chat(self, content=TEXT, model=None, **options):
        messages = content if isinstance(content, list) else [{"role": "user", "content": content}]
        options = {"temperature": 0} | options
        return self.client.chat.completions.create(model=model or self.base, messages=messages, **options)

    def complete(self, prompt, model=None, **options):
        return self.client.completions.create(model=model or self.base, prompt=prompt, **{"temperature": 0} | options)


def equal(given, expected, what="value"):
    assert given == expected, f"{what}: expected {expected!r}, got {given!r}"


def templated(text):
    return f"<|im_start|>user\n{text}{END}\n<|im_start|>assistant\n"


def chunk_texts(chunks):
    """The text of each choice of a chat stream, by index."""
    texts = {}
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
    return texts


def refused(error, call, parameter=None, code=None, mention=None):
    """`call` must raise `error`, in OpenAI's shape, naming the parameter, and without the server's insides."""
    try:
        call()
    except error as e:
        body = e.body
        assert isinstance(body, dict) and body.get("message") and body.get("type"), f"not OpenAI's error shape: {body!r}"
        if parameter:
            assert (body.get("param") or "").startswith(parameter), f"param: expected {parameter!r}, got {body!r}"
        if code:
            equal(body.get("code"), code, "code")
        if mention:
            assert mention in body["message"], f"message does not mention {mention!r}: {body['message']!r}"
        assert "org.dlora" not in body["message"] and "\tat " not in body["message"], f"message shows code: {body['message']!r}"
        return
    raise AssertionError(f"accepted; expected {error.__name__}")


# ---- models


@check
def models_are_the_base_and_its_eight_adapters(s):
    equal(s.adapters, ["leet", "piglatin", "reverse", "rot13", "spell", "title", "upper", "vowels"], "adapters")
    for m in s.models.values():
        equal((m.object, type(m.created), bool(m.owned_by)), ("model", int, True), f"{m.id}: object, created, owned_by")
        assert m.root, f"{m.id} has no root"
    for name in s.adapters:
        equal(s.models[name].parent, s.base, f"parent of {name}")


# ---- answers


@check
def every_example_with_64_in_flight_streamed_and_not(s):
    async def answer(client, limit, row, stream):
        async with limit:
            made = await client.chat.completions.create(
                model=row["model"], messages=row["messages"], temperature=0, max_tokens=128, stream=stream)
            if not stream:
                equal(made.model, row["model"], "model")
                return made.choices[0].message.content
            return "".join([c.choices[0].delta.content or "" async for c in made if c.choices])

    async def answers(jobs):
        limit = asyncio.Semaphore(CONCURRENCY)
        async with AsyncOpenAI(base_url=s.url, api_key="none", max_retries=0, timeout=300) as client:
            return await asyncio.gather(*(answer(client, limit, row, stream) for row, stream in jobs))

    jobs = [(row, stream) for row in s.examples for stream in (False, True)]
    random.Random(1).shuffle(jobs)
    wrong = [f"{row['model']}, {'streamed' if stream else 'whole'}: expected {row['output']!r}, got {given!r}"
             for (row, stream), given in zip(jobs, asyncio.run(answers(jobs))) if given != row["output"]]
    assert not wrong, f"{len(wrong)} of {len(jobs)} answers are wrong:\n  " + "\n  ".join(wrong[:10])


@check
def a_chat_completion_has_all_its_parts(s):
    row = next(r for r in s.examples if r["model"] == "rot13")
    made = s.chat(row["messages"], "rot13")
    equal((made.object, made.model, type(made.created)), ("chat.completion", "rot13", int), "object, model, created")
    assert made.id.startswith("chatcmpl-"), made.id
    [choice] = made.choices
    equal((choice.index, choice.finish_reason), (0, "stop"), "index, finish_reason")
    equal((choice.message.role, choice.message.content), ("assistant", row["output"]), "message")
    equal(made.usage.prompt_tokens, len(row["prompt_ids"]), "prompt_tokens")
    equal(made.usage.completion_tokens, len(row["output_ids"]), "completion_tokens (the end token counts)")
    equal(made.usage.total_tokens, made.usage.prompt_tokens + made.usage.completion_tokens, "total_tokens")


@check
def every_answer_and_chunk_has_the_servers_fingerprint(s):
    fingerprint = s.chat().system_fingerprint
    assert fingerprint and fingerprint.startswith("fp_"), fingerprint
    answers = [s.chat(model="upper", n=2), s.complete("Hello", max_tokens=3),
               *s.chat(model="rot13", stream=True), *s.complete("Hello", "upper", max_tokens=3, n=2, stream=True)]
    equal({a.system_fingerprint for a in answers}, {fingerprint}, "system_fingerprint")


@check
def content_may_come_in_parts(s):
    parts = [{"type": "text", "text": "The quick "}, {"type": "text", "text": "brown fox"}]
    text = s.chat([{"role": "user", "content": parts[:1]}]).choices[0].message.content
    equal(text.rstrip(), "The quick", "one part")
    assert "brown fox" in s.chat([{"role": "user", "content": parts}]).choices[0].message.content, "two parts"


@check
def token_ids_are_returned_on_request(s):
    row = s.examples[0]
    made = s.chat(row["messages"], extra_body={"return_token_ids": True})
    equal(made.prompt_token_ids, row["prompt_ids"], "prompt_token_ids")
    equal(made.choices[0].token_ids, row["output_ids"], "token_ids")


# ---- streams


@check
def a_stream_is_role_then_deltas_then_finish_reason(s):
    chunks = list(s.chat(model="upper", stream=True))
    equal({(c.object, c.model, c.id) for c in chunks}, {("chat.completion.chunk", "upper", chunks[0].id)}, "object, model, id")
    equal(chunks[0].choices[0].delta.role, "assistant", "role of the first delta")
    equal(chunk_texts(chunks), {0: TEXT.upper()}, "text")
    assert sum(bool(c.choices[0].delta.content) for c in chunks) > 5, "the text came in one piece, not as it was generated"
    reasons = [c.choices[0].finish_reason for c in chunks]
    equal((reasons[-1], set(reasons[:-1])), ("stop", {None}), "finish_reason")
    assert all(c.usage is None for c in chunks), "usage was not asked for"


@check
def a_stream_ends_with_done(s):
    create = s.client.chat.completions.with_streaming_response.create
    with create(model=s.base, messages=[{"role": "user", "content": TEXT}], temperature=0, stream=True) as response:
        kind = response.headers["content-type"]
        lines = [line for line in response.iter_lines() if line.startswith("data:")]
    assert kind.startswith("text/event-stream"), kind
    equal(lines[-1].removeprefix("data:").strip(), "[DONE]", "last event")


@check
def usage_comes_last_when_asked_for(s):
    row = s.examples[0]
    *chunks, last = s.chat(row["messages"], stream=True, stream_options={"include_usage": True})
    equal(last.choices, [], "choices of the last chunk")
    equal(last.usage.prompt_tokens, len(row["prompt_ids"]), "prompt_tokens")
    equal(last.usage.completion_tokens, len(row["output_ids"]), "completion_tokens")
    assert all(c.usage is None for c in chunks), "usage before the last chunk"


# ---- log-probabilities


def check_logprobs(entries, row):
    entries = entries[:-1] if entries[-1].token == END else entries
    equal(b"".join(bytes(e.bytes) for e in entries).decode(), row["output"], "bytes of the tokens")
    total = sum(e.logprob for e in entries)
    assert row["logprob"] - 0.1 < total <= 0, f"sum of log-probabilities: expected at least about {row['logprob']}, got {total}"
    for e in entries:
        equal(len(e.top_logprobs), 3, "top_logprobs")
        equal((e.top_logprobs[0].token, e.top_logprobs[0].logprob), (e.token, e.logprob), "a greedy token is the first alternative")
        values = [t.logprob for t in e.top_logprobs]
        equal(values, sorted(values, reverse=True), "order of the alternatives")


@check
def logprobs_of_a_chat(s):
    for model in ("piglatin", "rot13", s.base):
        row = min((r for r in s.examples if r["model"] == model), key=lambda r: r["logprob"])
        made = s.chat(row["messages"], model, logprobs=True, top_logprobs=3, max_tokens=128)
        check_logprobs(made.choices[0].logprobs.content, row)


@check
def logprobs_of_a_streamed_chat(s):
    row = next(r for r in s.examples if r["model"] == "leet")
    chunks = s.chat(row["messages"], "leet", logprobs=True, top_logprobs=3, stream=True, max_tokens=128)
    choices = [c.choices[0] for c in chunks if c.choices]
    check_logprobs([e for c in choices if c.logprobs for e in c.logprobs.content or []], row)


@check
def no_logprobs_unless_asked_for(s):
    assert s.chat().choices[0].logprobs is None


@check
def logprobs_of_a_completion(s):
    choice = s.complete(templated(TEXT), "upper", logprobs=2, max_tokens=5).choices[0]
    equal("".join(choice.logprobs.tokens), TEXT.upper()[:5], "tokens")
    equal([len(choice.logprobs.token_logprobs), len(choice.logprobs.text_offset)], [5, 5], "entries")
    equal(choice.logprobs.text_offset, [0, 1, 2, 3, 4], "text_offset")
    assert all(len(top) in (2, 3) for top in choice.logprobs.top_logprobs), choice.logprobs.top_logprobs


# ---- sampling and choices


def sampled(s, seed, **options):
    """Two texts at high temperature, where even this sure model is unsure."""
    return s.chat("zq", temperature=2.0, seed=seed, n=2, max_tokens=30, extra_body={"ignore_eos": True}, **options)


@check
def two_choices_with_a_seed_repeat_and_differ(s):
    runs = {}
    for seed in (1, 2, 3):
        choices = sampled(s, seed).choices
        equal([c.index for c in choices], [0, 1], "index of the choices")
        runs[seed] = [c.message.content for c in choices]
        equal([c.message.content for c in sampled(s, seed).choices], runs[seed], f"texts of seed {seed}, again")
    texts = [text for pair in runs.values() for text in pair]
    assert len(set(texts)) > 3, f"six samples at temperature 2 should differ: {texts!r}"


@check
def two_streamed_choices_are_those_of_the_whole_answer(s):
    whole = {c.index: c.message.content for c in sampled(s, 5).choices}
    equal(chunk_texts(sampled(s, 5, stream=True)), whole, "texts")


@check
def logit_bias_forbids_and_forces_a_token(s):
    forbidden = s.chat(logit_bias={str(ord("T")): -100}, max_tokens=1).choices[0].message.content
    assert forbidden != "T", "the forbidden token came first"
    equal(s.chat(logit_bias={str(ord("x")): 100}, max_tokens=3).choices[0].message.content, "xxx", "forced token")


# ---- where an answer ends


@check
def max_tokens_ends_with_length(s):
    for name in ("max_tokens", "max_completion_tokens"):
        made = s.chat(**{name: 5})
        equal((made.choices[0].message.content, made.choices[0].finish_reason), (TEXT[:5], "length"), name)
        equal(made.usage.completion_tokens, 5, "completion_tokens")
    equal([c.choices[0].finish_reason for c in s.chat(max_tokens=5, stream=True)][-1], "length", "streamed")


@check
def ignore_eos_goes_on_to_max_tokens(s):
    made = s.chat("Hi", max_tokens=40, extra_body={"ignore_eos": True})
    equal((made.choices[0].finish_reason, made.usage.completion_tokens), ("length", 40), "finish_reason, completion_tokens")


@check
def a_stop_string_ends_the_answer_and_never_shows(s):
    for stop in ("brown", ["zzz", "brown"], ["own fox", "brown"]):
        choice = s.chat(stop=stop).choices[0]
        equal((choice.message.content, choice.finish_reason), ("The quick ", "stop"), f"stop={stop!r}")
        chunks = list(s.chat(stop=stop, stream=True))
        equal(chunk_texts(chunks), {0: "The quick "}, f"streamed, stop={stop!r}")
        equal(chunks[-1].choices[0].finish_reason, "stop", "finish_reason")


@check
def text_held_back_for_a_stop_string_is_released(s):
    for stop in ("browse", "foxes"):
        equal(chunk_texts(s.chat(stop=stop, stream=True)), {0: TEXT}, f"stop={stop!r}")


@check
def a_stop_string_ends_a_completion(s):
    choice = s.complete(templated(TEXT), stop="FOX", model="upper", max_tokens=64).choices[0]
    equal((choice.text, choice.finish_reason), ("THE QUICK BROWN ", "stop"), "text, finish_reason")


# ---- completions


@check
def a_completion_of_text_and_of_token_ids(s):
    row = next(r for r in s.examples if r["model"] == "vowels" and len(r["messages"]) == 1)
    for prompt in (templated(row["messages"][0]["content"]), row["prompt_ids"]):
        made = s.complete(prompt, "vowels", max_tokens=128)
        equal((made.object, made.model), ("text_completion", "vowels"), "object, model")
        equal((made.choices[0].text, made.choices[0].finish_reason), (row["output"], "stop"), "text, finish_reason")
        equal(made.usage.prompt_tokens, len(row["prompt_ids"]), "prompt_tokens")
        equal("".join(c.choices[0].text for c in s.complete(prompt, "vowels", max_tokens=128, stream=True)), row["output"], "streamed")


@check
def a_completion_of_several_prompts(s):
    rows = [r for r in s.examples if r["model"] == "title"][:3]
    choices = s.complete([r["prompt_ids"] for r in rows], "title", max_tokens=128).choices
    equal([(c.index, c.text) for c in choices], [(i, r["output"]) for i, r in enumerate(rows)], "choices of token ids")
    choices = s.complete([templated("a b"), templated("c d")], "upper", max_tokens=16).choices
    equal([(c.index, c.text) for c in choices], [(0, "A B"), (1, "C D")], "choices of texts")


@check
def echo_puts_the_prompt_first(s):
    alone = s.complete("Hello", max_tokens=6, extra_body={"ignore_eos": True}).choices[0].text
    echoed = s.complete("Hello", max_tokens=6, echo=True, extra_body={"ignore_eos": True}).choices[0].text
    equal(echoed, "Hello" + alone, "text")
    ids = s.complete(list(b"Hello"), max_tokens=6, echo=True, extra_body={"ignore_eos": True}).choices[0].text
    equal(ids, "Hello" + alone, "text of token ids")


@check
def echo_with_logprobs_covers_the_prompt(s):
    logprobs = s.complete("Hello", max_tokens=2, echo=True, logprobs=1, extra_body={"ignore_eos": True}).choices[0].logprobs
    equal("".join(logprobs.tokens[:5]), "Hello", "tokens of the prompt")
    equal(len(logprobs.tokens), 7, "tokens")
    assert logprobs.token_logprobs[0] is None, "the first token has no log-probability"
    assert all(v <= 0 for v in logprobs.token_logprobs[1:]), logprobs.token_logprobs


# ---- errors


@check
def an_unknown_model_is_not_found(s):
    for call in (lambda: s.chat(model="no-such-model"), lambda: s.complete("x", "no-such-model"),
                 lambda: s.chat(model="no-such-model", stream=True)):
        refused(openai.NotFoundError, call, "model", "model_not_found", "no-such-model")


@check
def values_out_of_range_are_refused_by_name(s):
    for options in ({"temperature": 9}, {"temperature": -1}, {"top_p": 1.5}, {"n": 0}, {"max_tokens": 0}, {"presence_penalty": 3},
                    {"frequency_penalty": -3}, {"logprobs": True, "top_logprobs": 99}):
        refused(openai.BadRequestError, lambda: s.chat(**options), list(options)[-1], mention=list(options)[-1])


@check
def bad_types_are_refused_by_name(s):
    for options in ({"temperature": "hot"}, {"max_tokens": "many"}, {"stream": "maybe"}, {"n": [1]}, {"logit_bias": {"x": "y"}}):
        refused(openai.BadRequestError, lambda: s.chat(extra_body=options), *options)
    refused(openai.BadRequestError, lambda: s.chat([]), "messages")
    refused(openai.BadRequestError, lambda: s.chat([{"content": "no role"}]), "messages")


@check
def what_is_not_supported_is_refused_by_name(s):
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    for options in ({"functions": [tool["function"]]}, {"store": True}):
        refused(openai.BadRequestError, lambda: s.chat(**options), *options, mention=next(iter(options)))
    equal(s.chat(response_format={"type": "text"}).choices[0].message.content, TEXT, "response_format text")


@check
def too_long_a_prompt_is_refused(s):
    refused(openai.BadRequestError, lambda: s.chat("word " * 400), "messages", "context_length_exceeded", "1024")
    refused(openai.BadRequestError, lambda: s.complete("word " * 400), "prompt", "context_length_exceeded", "1024")


# ---- tools


class Heating(pydantic.BaseModel):
    """Sets the heating of a room."""

    room: Literal["kitchen", "bath"]
    on: bool


TOOLS = [openai.pydantic_function_tool(Heating, name="set_heating")]
NAMED = {"type": "function", "function": {"name": "set_heating"}}


def called(message):
    call = message.tool_calls[0]
    equal(call.function.name, "set_heating", "name")
    Heating.model_validate_json(call.function.arguments, strict=True)
    return call


@check
def a_required_tool_is_called_with_valid_arguments_and_the_chat_goes_on(s):
    messages = [{"role": "user", "content": "Heat the bath."}]
    for seed in range(3):
        answer = s.client.chat.completions.create(
            model=s.base, messages=messages, tools=TOOLS, tool_choice="required", parallel_tool_calls=False, temperature=1, seed=seed)
        equal(answer.choices[0].finish_reason, "tool_calls", "finish reason")
        equal(answer.choices[0].message.content, None, "content")
        call = called(answer.choices[0].message)
    messages += [answer.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "done"}]
    answer = s.client.chat.completions.create(model=s.base, messages=messages, tools=TOOLS, tool_choice="none", max_tokens=8)
    equal(answer.choices[0].message.tool_calls, None, "calls")


@check
def parsed_arguments_of_a_named_tool_are_of_its_class(s):
    answer = s.client.chat.completions.parse(
        model=s.base, messages=[{"role": "user", "content": "Heat."}], tools=TOOLS, tool_choice=NAMED)
    equal(answer.choices[0].finish_reason, "stop", "finish reason")
    equal(type(answer.choices[0].message.tool_calls[0].function.parsed_arguments), Heating, "class")


@check
def a_stream_of_a_tool_call_adds_up_to_the_call(s):
    with s.client.chat.completions.stream(
            model=s.base, messages=[{"role": "user", "content": "Heat."}], tools=TOOLS, tool_choice="required",
            parallel_tool_calls=False, seed=1) as stream:
        kinds = {event.type for event in stream}
        called(stream.get_final_completion().choices[0].message)
    assert "tool_calls.function.arguments.done" in kinds, kinds


@check
def a_model_that_knows_no_tools_is_not_left_the_choice(s):
    try:
        s.client.chat.completions.create(model=s.base, messages=[{"role": "user", "content": "Heat."}], tools=TOOLS)
    except openai.BadRequestError as e:
        equal(e.param, "tools", "param")
        return
    raise AssertionError("an answer")


# ---- structured output


@check
def a_parsed_answer_is_of_its_class(s):
    asked = {"model": s.base, "messages": [{"role": "user", "content": "Heat."}], "response_format": Heating, "temperature": 0}
    parsed = s.client.chat.completions.parse(**asked).choices[0].message.parsed
    equal(type(parsed), Heating, "class")
    with s.client.chat.completions.stream(**asked) as stream:
        equal(stream.get_final_completion().choices[0].message.parsed, parsed, "streamed")


# ---- clients that go away


def endless(s, **options):
    return s.chat(max_tokens=900, extra_body={"ignore_eos": True}, **options)


@check
def streams_closed_in_the_middle_leave_the_server_answering(s):
    for _ in range(20):
        with endless(s, stream=True) as stream:
            for _, _chunk in zip(range(3), stream):
                pass
    equal(s.chat(model="leet").choices[0].message.content, "7h3 qu1ck br0wn f0x", "answer afterwards")


@check
def a_client_that_times_out_leaves_the_server_answering(s):
    impatient = s.client.with_options(timeout=0.02)
    for _ in range(10):
        try:
            impatient.chat.completions.create(
                model=s.base, messages=[{"role": "user", "content": TEXT}], max_tokens=900, extra_body={"ignore_eos": True})
        except openai.APITimeoutError:
            continue
        raise AssertionError("900 tokens within 20 ms")
    equal(s.chat(model="reverse").choices[0].message.content, TEXT[::-1], "answer afterwards")


def main(url, examples=EXAMPLES):
    server = Server(url, examples)
    failed = 0
    for function in CHECKS:
        name = function.__name__.replace("_", " ")
        try:
            function(server)
            print(f"ok    {name}", flush=True)
        except Exception as e:
            failed += 1
            where = traceback.extract_tb(e.__traceback__)[1].lineno
            print(f"FAIL  {name} (line {where}): {type(e).__name__}: {e}", flush=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
