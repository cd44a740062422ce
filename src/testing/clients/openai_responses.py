#!/usr/bin/env python3
"""Check the Responses API of a running dLoRA server of the bundled demo model with the official `openai` client.

    pip install openai
    python openai_responses.py http://127.0.0.1:8080

Every check prints a line; the last line is `N passed, N failed`, and the exit status tells whether any failed.
"""

import asyncio
import sys
import traceback
from typing import Literal

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

TEXT = "The quick brown fox"
ROT13 = "Gur dhvpx oebja sbk"
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def equal(given, expected, what="value"):
    assert given == expected, f"{what}: expected {expected!r}, got {given!r}"


def create(client, **members):
    return client.responses.create(**({"model": "rot13", "input": TEXT, "temperature": 0} | members))


@check
def a_response_is_created(client):
    response = create(client, metadata={"a": "b"}, user="ann")
    equal(response.output_text, ROT13, "text")
    equal(response.status, "completed", "status")
    equal(response.usage.total_tokens, response.usage.input_tokens + response.usage.output_tokens, "tokens")
    equal(response.metadata, {"a": "b"}, "metadata")
    type(response).model_validate(response.to_dict(), strict=False)


@check
def an_answer_that_is_cut_off_is_incomplete(client):
    response = create(client, max_output_tokens=3)
    equal(response.status, "incomplete", "status")
    equal(response.incomplete_details.reason, "max_output_tokens", "reason")
    equal(response.output_text, ROT13[:3], "text")


@check
def a_stream_is_read_to_its_end(client):
    events = list(create(client, stream=True))
    equal([event.sequence_number for event in events], list(range(len(events))), "numbers")
    equal(events[0].type, "response.created", "first event")
    equal(events[-1].type, "response.completed", "last event")
    equal("".join(e.delta for e in events if e.type == "response.output_text.delta"), ROT13, "deltas")
    for event in events:
        type(event).model_validate(event.to_dict(), strict=False)


@check
def the_helper_for_streams_collects_the_response(client):
    with client.responses.stream(model="rot13", input=TEXT, temperature=0) as stream:
        seen = [event.type for event in stream]
        response = stream.get_final_response()
    assert "response.output_text.done" in seen, seen
    equal(response.output_text, ROT13, "text")


@check
def a_conversation_goes_on(client):
    first = create(client, instructions="Be brief.")
    second = create(client, previous_response_id=first.id)
    assert second.usage.input_tokens > first.usage.input_tokens
    items = list(client.responses.input_items.list(second.id, order="asc", limit=1))
    equal([item.role for item in items], ["user", "assistant", "user"], "roles, page by page")
    equal(client.responses.retrieve(second.id).output, second.output, "kept output")
    client.responses.delete(first.id)
    third = create(client, input=[{"role": "user", "content": TEXT}], previous_response_id=second.id, stream=True)
    equal(list(third)[-1].type, "response.completed", "last event")


@check
def an_output_is_an_input(client):
    first = create(client)
    history = [{"role": "user", "content": TEXT}] + [item.to_dict() for item in first.output]
    again = create(client, input=history + [{"role": "user", "content": TEXT}], store=False)
    followed = create(client, previous_response_id=first.id)
    equal(again.usage.input_tokens, followed.usage.input_tokens, "tokens of the same conversation")


@check
def a_format_is_parsed(client):
    class Answer(BaseModel):
        colour: Literal["red", "green"]

    response = client.responses.parse(model="rot13", input=TEXT, temperature=0, text_format=Answer)
    assert response.output_parsed.colour in ("red", "green"), response
    with client.responses.stream(model="rot13", input=TEXT, temperature=0, text_format=Answer) as stream:
        equal(stream.get_final_response().output_parsed, response.output_parsed, "streamed")


class Heating(BaseModel):
    room: Literal["bath", "hall"]
    on: bool


@check
def a_function_is_called_and_the_conversation_goes_on(client):
    text = '{"room":"hall","on":true}'
    tools = [openai.pydantic_function_tool(Heating, name="heat")]
    asked = {"model": "dlora-demo", "temperature": 0, "tools": tools}
    forced = asked | {"tool_choice": {"type": "function", "name": "heat"}, "input": text}
    first = client.responses.parse(**forced)
    call = first.output[0]
    equal(call.parsed_arguments, Heating(room="hall", on=True), "arguments")
    with client.responses.stream(**forced) as stream:
        seen = [event.type for event in stream]
        equal(stream.get_final_response().output[0].parsed_arguments, call.parsed_arguments, "streamed")
    assert "response.function_call_arguments.delta" in seen, seen
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "done"}
    last = asked | {"tool_choice": "none", "max_output_tokens": 8, "store": False}
    kept = client.responses.parse(**last, previous_response_id=first.id, input=[result])
    history = [{"role": "user", "content": text}, call, result]
    sent = client.responses.parse(**last, input=history)
    equal(sent.usage.input_tokens, kept.usage.input_tokens, "tokens of the same conversation")


@check
def logprobs_are_included(client):
    response = create(client, include=["message.output_text.logprobs"], top_logprobs=2)
    logprobs = response.output[0].content[0].logprobs
    equal(logprobs[0].token, "G", "first token")
    equal(len(logprobs[0].top_logprobs), 2, "alternatives")


@check
def what_is_not_there_is_not_found(client):
    kept = create(client, store=False)
    for call in (client.responses.retrieve, client.responses.delete, lambda id: client.responses.input_items.list(id)):
        try:
            call(kept.id)
        except openai.NotFoundError as e:
            assert "not found" in e.message, e
        else:
            raise AssertionError("no error")
    try:
        create(client, previous_response_id=kept.id)
    except openai.BadRequestError as e:
        equal(e.code, "previous_response_not_found", "code")
    else:
        raise AssertionError("no error")


@check
def what_is_not_supported_is_refused_by_name(client):
    for members, param in (
        ({"background": True}, "background"),
        ({"reasoning": {"summary": "auto"}}, "reasoning.summary"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"truncation": "auto"}, "truncation"),
    ):
        try:
            create(client, **members)
        except openai.BadRequestError as e:
            equal(e.param, param, "param")
        else:
            raise AssertionError(f"no error for {param}")


@check
def many_streams_at_once_keep_apart(client):
    async def all_of_them():
        async with AsyncOpenAI(base_url=client.base_url, api_key="none", max_retries=0, timeout=60) as many:

            async def one(model):
                async with many.responses.stream(model=model, input=TEXT, temperature=0) as stream:
                    return (await stream.get_final_response()).output_text

            return await asyncio.gather(*(one(model) for model in ("rot13", "upper") * 8))

    equal(asyncio.run(all_of_them()), [ROT13, TEXT.upper()] * 8, "texts")


def main(url):
    client = OpenAI(base_url=url.rstrip("/") + "/v1", api_key="none", max_retries=0, timeout=60)
    failed = 0
    for function in CHECKS:
        name = function.__name__.replace("_", " ")
        try:
            function(client)
            print(f"ok    {name}", flush=True)
        except Exception as e:
            failed += 1
            where = traceback.extract_tb(e.__traceback__)[1].lineno
            print(f"FAIL  {name} (line {where}): {type(e).__name__}: {e}", flush=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
