#!/usr/bin/env python3
"""Check a running server with Python programs that are clients of OpenAI or vLLM.

    pip install langchain-openai==1.7.4 litellm==1.110.2 'lm-eval[api]==0.4.13' 'pydantic-ai-slim[openai]==2.38.0'
    python python_clients.py http://127.0.0.1:8080 MODEL

Every check prints a line, and the exit status tells whether any failed. docs/clients.md says what each client can do.
"""

import asyncio
import sys
import traceback

CHECKS = []
HELLO = [{"role": "user", "content": "hello"}]


def check(function):
    CHECKS.append(function)
    return function


def langchain(url, model):
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(base_url=url + "/v1", api_key="none", model=model, temperature=0, max_tokens=12, max_retries=0)


@check
def langchain_answers_and_streams_the_same(url, model):
    chat = langchain(url, model)
    assert chat.invoke("hello").content == "".join(chunk.content for chunk in chat.stream("hello")) != ""


@check
def langchain_batches(url, model):
    assert len(langchain(url, model).batch(["a", "b"])) == 2


@check
def langchain_has_log_probabilities(url, model):
    answer = langchain(url, model).bind(logprobs=True).invoke("hello")
    assert answer.response_metadata["logprobs"]["content"]


@check
def langchain_continues_texts(url, model):
    from langchain_openai import OpenAI

    assert OpenAI(base_url=url + "/v1", api_key="none", model=model, temperature=0, max_tokens=8).invoke("hello")


def litellm_chat(url, model, messages, **options):
    import litellm

    options |= {"api_base": url + "/v1", "api_key": "none", "temperature": 0, "max_tokens": 12}
    return litellm.completion(model="hosted_vllm/" + model, messages=messages, **options)


@check
def litellm_answers_and_streams_the_same(url, model):
    whole = litellm_chat(url, model, HELLO).choices[0].message.content
    parts = litellm_chat(url, model, HELLO, stream=True)
    assert whole == "".join(part.choices[0].delta.content or "" for part in parts) != ""


@check
def litellm_continues_a_message(url, model):
    prefix = {"role": "assistant", "content": "he", "prefix": True}
    assert litellm_chat(url, model, [*HELLO, prefix]).choices[0].message.content


@check
def litellm_continues_texts(url, model):
    import litellm

    answer = litellm.text_completion(
        model="hosted_vllm/" + model, api_base=url + "/v1", api_key="none", prompt="hello", max_tokens=4
    )
    assert answer.choices[0].text


def agent(url, model):
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=url + "/v1", api_key="none")
    return Agent(OpenAIChatModel(model, provider=provider), model_settings={"temperature": 0, "max_tokens": 12})


@check
def pydantic_ai_answers(url, model):
    assert agent(url, model).run_sync("hello").output


@check
def pydantic_ai_streams(url, model):
    async def stream():
        async with agent(url, model).run_stream("hello") as answer:
            return await answer.get_output()

    assert asyncio.run(stream())


@check
def lm_eval_scores_with_the_remote_tokenizer(url, model):
    from lm_eval.api.instance import Instance
    from lm_eval.models.openai_completions import LocalCompletionsAPI

    api = LocalCompletionsAPI(base_url=url + "/v1/completions", model=model, tokenizer_backend="remote", max_length=512)
    pairs = [("The capital of France is", " Paris"), ("The capital of France is", " Rome")]
    scores = api.loglikelihood([Instance("loglikelihood", {}, pair, i) for i, pair in enumerate(pairs)])
    assert all(score < 0 for score, _ in scores)
    options = {"until": ["\n"], "max_gen_toks": 6}
    assert api.generate_until([Instance("generate_until", {}, (pairs[0][0], options), 0)])[0]


def main():
    url, model = sys.argv[1].rstrip("/"), sys.argv[2]
    failed = 0
    for function in CHECKS:
        try:
            function(url, model)
            print("ok     ", function.__name__.replace("_", " "), flush=True)
        except Exception:
            failed += 1
            print("FAILED ", function.__name__.replace("_", " "), flush=True)
            traceback.print_exc()
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
