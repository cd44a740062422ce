/** OpenAI's official client for Node. The demo model calls no tools by itself, so that calls are forced. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat, zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { baseURL, CITY, collect, PLACE, ROT13, TEXT } from './server.mjs';

const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0, timeout: 120_000 });
const City = z.object({ name: z.string().max(8), size: z.enum(['small', 'large']) });
const Place = z.object({ city: z.enum(['Berlin', 'Paris']), days: z.number().int().min(1).max(9) });
const ANSWER = 'sunny';
const NAMED = { type: 'function', function: { name: 'weather' } };
const chat = chatOf('rot13', TEXT);
const response = { model: 'rot13', input: TEXT, temperature: 0 };

function chatOf(model, content) {
  return { model, messages: [{ role: 'user', content }], temperature: 0 };
}

/** Options of a chat with the base model, which repeats a value as JSON. */
function repeating(value) {
  return chatOf('dlora-demo', JSON.stringify(value));
}

/** The tool of the checks, which notes the arguments of its calls. */
function weather(calls = []) {
  return zodFunction({
    name: 'weather',
    description: 'The weather of the next days.',
    parameters: Place,
    function: (place) => {
      calls.push(place);
      return ANSWER;
    },
  });
}

test('models are listed', async () => {
  const ids = (await collect(client.models.list())).map((model) => model.id);
  assert.ok(ids.includes('dlora-demo') && ids.includes('rot13'), ids.join());
  assert.equal((await client.models.retrieve('rot13')).id, 'rot13');
});

test('a chat is answered, and streamed alike', async () => {
  const answer = await client.chat.completions.create(chat);
  assert.equal(answer.choices[0].message.content, ROT13);
  assert.equal(answer.choices[0].finish_reason, 'stop');
  const stream = client.chat.completions.stream({ ...chat, stream_options: { include_usage: true } });
  const deltas = [];
  stream.on('content', (delta) => deltas.push(delta));
  assert.equal((await stream.finalChatCompletion()).choices[0].message.content, ROT13);
  assert.equal(deltas.join(''), ROT13);
  assert.deepEqual((await stream.finalChatCompletion()).usage, answer.usage);
});

test('a text is continued', async () => {
  const prompt = `<|im_start|>user\n${TEXT}<|im_end|>\n<|im_start|>assistant\n`;
  const options = { model: 'rot13', prompt, temperature: 0, max_tokens: 40 };
  assert.equal((await client.completions.create(options)).choices[0].text, ROT13);
  const chunks = await collect(await client.completions.create({ ...options, stream: true }));
  assert.equal(chunks.map((chunk) => chunk.choices[0].text).join(''), ROT13);
});

test('errors are those of the client', async () => {
  await assert.rejects(client.chat.completions.create({ ...chat, model: 'gpt-9' }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError, error);
    assert.equal(error.code, 'model_not_found');
    return true;
  });
  await assert.rejects(client.chat.completions.create({ ...chat, temperature: 3 }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError, error);
    assert.equal(error.param, 'temperature');
    return true;
  });
});

test('a stream can be aborted', async () => {
  const stream = await client.chat.completions.create({ ...chat, stream: true, max_tokens: 500, ignore_eos: true });
  let seen = 0;
  for await (const _ of stream) {
    seen += 1;
    if (seen === 3) {
      stream.controller.abort();
    }
  }
  assert.ok(seen < 500, `${seen} chunks`);
  // The server ends the request, whose answer would go on.
  for (let tries = 0; (await (await fetch(`${process.env.DLORA_URL}/load`)).json()).server_load > 0; tries++) {
    assert.ok(tries < 100, 'the request still runs');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

test('a chat is parsed by a schema of zod, and streamed alike', async () => {
  const options = { ...repeating(CITY), response_format: zodResponseFormat(City, 'city') };
  const answer = await client.chat.completions.parse(options);
  assert.deepEqual(answer.choices[0].message.parsed, CITY);
  const stream = client.chat.completions.stream(options);
  assert.deepEqual((await stream.finalChatCompletion()).choices[0].message.parsed, CITY);
  const other = await client.chat.completions.parse({ ...options, messages: chat.messages });
  City.parse(other.choices[0].message.parsed);
});

test('a recursive schema is parsed', async () => {
  const Node = z.object({
    v: z.string().max(3),
    get next() {
      return z.union([Node, z.null()]);
    },
  });
  const options = { ...chat, response_format: zodResponseFormat(Node, 'list') };
  Node.parse((await client.chat.completions.parse(options)).choices[0].message.parsed);
});

test('unions, arrays, numbers, patterns and null are parsed', async () => {
  const Mixed = z.object({
    size: z.union([z.number().min(0).max(1), z.boolean()]),
    tags: z.array(z.enum(['x', 'y'])).max(3),
    code: z.string().regex(/^[a-f]{1,4}$/).nullable(),
    when: z.iso.date(),
  });
  const options = { ...chat, temperature: 1, response_format: zodResponseFormat(Mixed, 'mixed') };
  for (const seed of [1, 2, 3]) {
    Mixed.parse((await client.chat.completions.parse({ ...options, seed })).choices[0].message.parsed);
  }
});

test('a tool is called with parsed arguments, and streamed alike', async () => {
  const options = { ...repeating(PLACE), tools: [weather()], tool_choice: NAMED };
  const answer = await client.chat.completions.parse(options);
  const [call] = answer.choices[0].message.tool_calls;
  assert.equal(call.function.name, 'weather');
  assert.deepEqual(call.function.parsed_arguments, PLACE);
  const streamed = await client.chat.completions.stream(options).finalFunctionToolCall();
  assert.deepEqual(JSON.parse(streamed.arguments), PLACE);
});

for (const stream of [false, true]) {
  test(`runTools calls a forced tool, ${stream ? 'streamed' : 'whole'}`, async () => {
    const calls = [];
    const runner = client.chat.completions.runTools({
      ...repeating(PLACE),
      stream,
      tools: [weather(calls)],
      tool_choice: NAMED,
    });
    assert.equal(await runner.finalFunctionToolCallResult(), ANSWER);
    assert.deepEqual(calls, [PLACE]);
    assert.deepEqual(runner.messages.map((message) => message.role), ['user', 'assistant', 'tool']);
  });
}

test('a conversation goes on with the results of required calls', async () => {
  const options = { ...chat, tools: [weather()], parallel_tool_calls: false };
  const first = await client.chat.completions.create({ ...options, tool_choice: 'required' });
  const choice = first.choices[0];
  assert.equal(choice.finish_reason, 'tool_calls');
  assert.equal(choice.message.content, null);
  choice.message.tool_calls.forEach((call) => Place.parse(JSON.parse(call.function.arguments)));
  const results = choice.message.tool_calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: ANSWER }));
  const messages = [...chat.messages, choice.message, ...results];
  const second = await client.chat.completions.create({ ...options, messages, tool_choice: 'none', max_tokens: 20 });
  assert.equal(typeof second.choices[0].message.content, 'string');
  assert.ok(second.usage.prompt_tokens > first.usage.prompt_tokens);
});

test('a response is created, kept, and goes on', async () => {
  const first = await client.responses.create({ ...response, instructions: 'Be brief.', metadata: { a: 'b' } });
  assert.ok(first.output_text.startsWith(ROT13.slice(0, 9)), first.output_text);
  assert.equal(first.status, 'completed');
  assert.deepEqual(first.metadata, { a: 'b' });
  const second = await client.responses.create({ ...response, previous_response_id: first.id });
  assert.ok(second.usage.input_tokens > first.usage.input_tokens);
  assert.deepEqual((await client.responses.retrieve(second.id)).output, second.output);
  const items = await collect(client.responses.inputItems.list(second.id, { order: 'asc', limit: 1 }));
  assert.deepEqual(items.map((item) => item.role), ['user', 'assistant', 'user']);
  await client.responses.delete(second.id);
  await assert.rejects(client.responses.retrieve(second.id), OpenAI.NotFoundError);
});

test('a response is streamed by events that add up', async () => {
  const events = await collect(await client.responses.create({ ...response, stream: true }));
  assert.deepEqual(events.map((event) => event.sequence_number), [...events.keys()]);
  const deltas = events.filter((event) => event.type === 'response.output_text.delta');
  assert.equal(deltas.map((event) => event.delta).join(''), ROT13);
  assert.equal(events.at(-1).type, 'response.completed');
  const stream = client.responses.stream(response);
  const types = (await collect(stream)).map((event) => event.type);
  assert.ok(types.includes('response.output_text.done'), types.join());
  assert.equal((await stream.finalResponse()).output_text, ROT13);
});

test('a response is parsed by a schema of zod, and streamed alike', async () => {
  const options = { model: 'dlora-demo', input: JSON.stringify(CITY), temperature: 0 };
  const text = { format: zodTextFormat(City, 'city') };
  assert.deepEqual((await client.responses.parse({ ...options, text })).output_parsed, CITY);
  const stream = client.responses.stream({ ...options, text });
  const response = await stream.finalResponse();
  assert.deepEqual(response.output_parsed, CITY);
  const next = await client.responses.create({ ...options, input: [...response.output, { role: 'user', content: TEXT }] });
  assert.equal(next.status, 'completed');
});

test('a response calls a tool, and a conversation goes on with its result', async () => {
  const base = { model: 'dlora-demo', temperature: 0, tools: [zodResponsesFunction({ name: 'weather', parameters: Place })] };
  const input = JSON.stringify(PLACE);
  const forced = { ...base, input, tool_choice: { type: 'function', name: 'weather' } };
  const first = await client.responses.parse(forced);
  const call = first.output.find((item) => item.type === 'function_call');
  assert.deepEqual(call.parsed_arguments, PLACE);
  const events = await collect(await client.responses.create({ ...forced, stream: true }));
  const deltas = events.filter((event) => event.type === 'response.function_call_arguments.delta');
  assert.deepEqual(JSON.parse(deltas.map((event) => event.delta).join('')), PLACE);
  const output = { type: 'function_call_output', call_id: call.call_id, output: ANSWER };
  const last = { ...base, tool_choice: 'none', max_output_tokens: 20 };
  const kept = await client.responses.create({ ...last, previous_response_id: first.id, input: [output] });
  const sent = await client.responses.create({ ...last, input: [{ role: 'user', content: input }, call, output] });
  assert.equal(sent.usage.input_tokens, kept.usage.input_tokens);
  assert.equal(sent.output_text, kept.output_text);
});
