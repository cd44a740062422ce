#!/usr/bin/env python3
"""Check a running server of the bundled demo model with Python programs that are clients of OpenAI or vLLM.

    pip install -r requirements.txt
    python python_clients.py http://127.0.0.1:8080

The demo model repeats its prompt, so a prompt is the JSON that is asked for; it calls no tools by itself, so calls are forced.
Every check prints a line; the last line is `N passed, N failed`, and the exit status tells whether any failed.
docs/clients.md says what each client can do.
"""

import codecs
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

# Lists of models that these programs would fetch.
os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "HF_HUB_OFFLINE": "1"}

BASE = "dlora-demo"
TEXT = "The quick brown fox"
ROT13 = "Gur dhvpx oebja sbk"
MESSAGES = [{"role": "user", "content": TEXT}]
CHECKS = []


class City(BaseModel):
    """A city."""

    name: str = Field(max_length=8)
    size: Literal["small", "large"]


class Weather(BaseModel):
    """The weather of the next days."""

    city: Literal["Berlin", "Paris"]
    days: int = Field(ge=1, le=9)


class Count(BaseModel):
    n: int


ROME = City(name="Rome", size="large")
PARIS = Weather(city="Paris", days=3)


def check(function):
    CHECKS.append(function)
    return function


def equal(given, expected, what="value"):
    assert given == expected, f"{what}: expected {expected!r}, got {given!r}"


def langchain(url, model=BASE, **options):
    from langchain_openai import ChatOpenAI

    options = {"temperature": 0, "max_retries": 0} | options
    return ChatOpenAI(base_url=url + "/v1", api_key="none", model=model, **options)


@check
def langchain_answers_and_streams_the_same(url):
    chat = langchain(url, "rot13")
    equal(chat.invoke(TEXT).content, ROT13, "answer")
    equal("".join(chunk.content for chunk in chat.stream(TEXT)), ROT13, "stream")


@check
def langchain_batches(url):
    equal([answer.content for answer in langchain(url).batch(["a", "b"])], ["a", "b"], "answers")


@check
def langchain_has_log_probabilities(url):
    answer = langchain(url, "rot13").bind(logprobs=True).invoke(TEXT)
    equal(answer.response_metadata["logprobs"]["content"][0]["token"], "G", "first token")


@check
def langchain_continues_texts(url):
    from langchain_openai import OpenAI

    prompt = f"<|im_start|>user\n{TEXT}<|im_end|>\n<|im_start|>assistant\n"
    texts = OpenAI(base_url=url + "/v1", api_key="none", model="rot13", temperature=0, max_tokens=40)
    equal(texts.invoke(prompt), ROT13, "text")


@check
def langchain_uses_the_responses_api(url):
    chat = langchain(url, "rot13", use_responses_api=True)
    equal(chat.invoke(TEXT).text, ROT13, "answer")
    equal("".join(chunk.text for chunk in chat.stream(TEXT)), ROT13, "stream")


@check
def langchain_binds_tools_and_goes_on_with_their_results(url):
    from langchain_core.messages import HumanMessage, ToolMessage

    for options in ({}, {"use_responses_api": True}):
        chat = langchain(url, **options)
        messages = [HumanMessage(PARIS.model_dump_json())]
        forced = chat.bind_tools([Weather], tool_choice="Weather")
        answer = forced.invoke(messages)
        equal([(call["name"], call["args"]) for call in answer.tool_calls], [("Weather", PARIS.model_dump())], "calls")
        streamed = None
        for chunk in forced.stream(messages):
            streamed = chunk if streamed is None else streamed + chunk
        equal([call["args"] for call in streamed.tool_calls], [PARIS.model_dump()], "streamed calls")
        messages += [answer, ToolMessage("sunny", tool_call_id=answer.tool_calls[0]["id"])]
        last = chat.bind_tools([Weather], tool_choice="none").bind(max_tokens=20).invoke(messages)
        equal(last.tool_calls, [], "calls at the end")
        assert last.usage_metadata["input_tokens"] > answer.usage_metadata["input_tokens"], last


@check
def langchain_requires_any_tool(url):
    answer = langchain(url).bind_tools([Weather], tool_choice="any", strict=True).invoke(TEXT)
    Weather.model_validate(answer.tool_calls[0]["args"])


@check
def langchain_has_structured_output(url):
    for method in ("json_schema", "function_calling"):
        for options in ({}, {"use_responses_api": True}):
            structured = langchain(url, **options).with_structured_output(City, method=method)
            equal(structured.invoke(ROME.model_dump_json()), ROME, f"{method} {options}")
            equal(list(structured.stream(ROME.model_dump_json()))[-1], ROME, f"streamed {method} {options}")
    of_schema = langchain(url).with_structured_output(City.model_json_schema(), method="json_schema")
    equal(of_schema.invoke(ROME.model_dump_json()), ROME.model_dump(), "json_schema of a dict")
    free = langchain(url).with_structured_output(None, method="json_mode")
    equal(free.invoke('{"word":"hello"}'), {"word": "hello"}, "json_mode")


def litellm_chat(url, messages=MESSAGES, model="rot13", **options):
    import litellm

    options = {"temperature": 0, "api_base": url + "/v1", "api_key": "none"} | options
    return litellm.completion(model="hosted_vllm/" + model, messages=messages, **options)


@check
def litellm_answers_and_streams_the_same(url):
    equal(litellm_chat(url).choices[0].message.content, ROT13, "answer")
    parts = litellm_chat(url, stream=True)
    equal("".join(part.choices[0].delta.content or "" for part in parts), ROT13, "stream")


@check
def litellm_continues_a_message(url):
    prefix = {"role": "assistant", "content": ROT13[:8], "prefix": True}
    equal(litellm_chat(url, [*MESSAGES, prefix]).choices[0].message.content, ROT13[8:], "rest")


@check
def litellm_continues_texts(url):
    import litellm

    answer = litellm.text_completion(
        model="hosted_vllm/rot13", api_base=url + "/v1", api_key="none", prompt="hello", max_tokens=4
    )
    assert answer.choices[0].text


@check
def litellm_has_structured_output_and_tools(url):
    asked = [{"role": "user", "content": ROME.model_dump_json()}]
    answer = litellm_chat(url, asked, BASE, response_format=City)
    equal(City.model_validate_json(answer.choices[0].message.content), ROME, "format")
    tool = {"type": "function", "function": {"name": "weather", "parameters": Weather.model_json_schema()}}
    asked = [{"role": "user", "content": PARIS.model_dump_json()}]
    choice = {"type": "function", "function": {"name": "weather"}}
    call = litellm_chat(url, asked, BASE, tools=[tool], tool_choice=choice).choices[0].message.tool_calls[0]
    equal(json.loads(call.function.arguments), PARIS.model_dump(), "arguments")


def agent(url, model=BASE, **options):
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=url + "/v1", api_key="none")
    settings = {"temperature": 0, "max_tokens": 200, "parallel_tool_calls": False}
    return Agent(OpenAIChatModel(model, provider=provider), model_settings=settings, **options)


def streamed(an_agent, text):
    return an_agent.run_stream_sync(text).get_output()


@check
def pydantic_ai_answers_and_streams(url):
    equal(agent(url, "rot13").run_sync(TEXT).output, ROT13, "answer")
    equal(streamed(agent(url, "rot13"), TEXT), ROT13, "stream")


@check
def pydantic_ai_has_native_output(url):
    from pydantic_ai import NativeOutput

    native = agent(url, output_type=NativeOutput(City))
    equal(native.run_sync(ROME.model_dump_json()).output, ROME, "output")
    equal(streamed(native, ROME.model_dump_json()), ROME, "streamed output")


@check
def pydantic_ai_has_tool_output(url):
    by_tool = agent(url, output_type=City)
    assert isinstance(by_tool.run_sync(ROME.model_dump_json()).output, City)
    assert isinstance(streamed(by_tool, ROME.model_dump_json()), City)


@check
def pydantic_ai_calls_a_tool_on_the_way_to_its_output(url):
    from pydantic_ai import ToolOutput

    calls = []
    counting = agent(url, output_type=ToolOutput(Count, name="out"))

    async def unless_called(_, tool):
        return None if calls else tool

    @counting.tool_plain(prepare=unless_called)
    def sky(d: int) -> str:
        calls.append(d)
        return "sunny"

    text = '[{"name": "sky", "parameters": {"d":3}}]'  # which the model repeats as far as it can
    for run in (lambda: counting.run_sync(text).output, lambda: streamed(counting, text)):
        calls.clear()
        assert isinstance(run(), Count)
        equal(len(calls), 1, "calls")


@check
def pydantic_ai_uses_the_responses_api(url):
    from pydantic_ai import Agent, NativeOutput
    from pydantic_ai.models.openai import OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    model = OpenAIResponsesModel(BASE, provider=OpenAIProvider(base_url=url + "/v1", api_key="none"))
    native = Agent(model, model_settings={"temperature": 0}, output_type=NativeOutput(City))
    equal(native.run_sync(ROME.model_dump_json()).output, ROME, "output")
    equal(streamed(native, ROME.model_dump_json()), ROME, "streamed output")


@check
def lm_eval_scores_with_the_remote_tokenizer(url):
    from lm_eval.api.instance import Instance
    from lm_eval.models.openai_completions import LocalCompletionsAPI

    api = LocalCompletionsAPI(
        base_url=url + "/v1/completions", model="rot13", tokenizer_backend="remote", max_length=512
    )
    prompt = f"<|im_start|>user\n{TEXT}<|im_end|>\n<|im_start|>assistant\n" + ROT13[:8]
    pairs = [(prompt, ROT13[8:]), (prompt, TEXT[8:])]
    right, wrong = api.loglikelihood([Instance("loglikelihood", {}, pair, i) for i, pair in enumerate(pairs)])
    assert right[1] and not wrong[1], (right, wrong)
    assert 0 >= right[0] > wrong[0], (right, wrong)
    options = {"until": [" s"], "max_gen_toks": 20}
    equal(api.generate_until([Instance("generate_until", {}, (prompt, options), 0)]), [ROT13[8:-4]], "text")


@check
def lm_eval_runs_local_tasks(url):
    from lm_eval import simple_evaluate

    texts = (TEXT, "hello world", "Paris in spring")
    rows = [json.dumps({"text": text, "rot13": codecs.encode(text, "rot13")}) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "rot13.jsonl")
        data.write_text("\n".join(rows), encoding="utf-8")
        task = {
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str(data)}, "cache_dir": folder},
            "test_split": "test",
            "doc_to_text": "<|im_start|>user\n{{text}}<|im_end|>\n<|im_start|>assistant\n",
            "target_delimiter": "",
        }
        written = task | {
            "task": "rot13_written",
            "output_type": "generate_until",
            "doc_to_target": "{{rot13}}",
            "generation_kwargs": {"until": ["<|im_end|>"], "max_gen_toks": 40},
            "metric_list": [{"metric": "exact_match"}],
        }
        chosen = task | {
            "task": "rot13_chosen",
            "output_type": "multiple_choice",
            "doc_to_choice": "{{[text, rot13]}}",
            "doc_to_target": 1,
            "metric_list": [{"metric": "acc"}],
        }
        model = {
            "base_url": url + "/v1/completions", "model": "rot13", "tokenizer_backend": "remote", "max_length": 512
        }
        found = simple_evaluate("local-completions", model_args=model, tasks=[written, chosen], bootstrap_iters=0)
    equal(found["results"]["rot13_written"]["exact_match,none"], 1, "share of equal texts")
    equal(found["results"]["rot13_chosen"]["acc,none"], 1, "share of right choices")


def main(url):
    failed = 0
    for function in CHECKS:
        name = function.__name__.replace("_", " ")
        try:
            function(url.rstrip("/"))
            print(f"ok    {name}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {name}", flush=True)
            traceback.print_exc()
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
