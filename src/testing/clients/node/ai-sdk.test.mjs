/** The Vercel AI SDK: its default `openai()`, which uses the Responses API, and `openai.chat()`. Calls of tools are forced. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateObject, generateText, isStepCount, Output, streamObject, streamText, tool } from 'ai';
import { z } from 'zod';
import { baseURL, CITY, collect, PLACE, ROT13, TEXT } from './server.mjs';

const openai = createOpenAI({ baseURL, apiKey: 'none' });
const City = z.object({ name: z.string().max(8), size: z.enum(['small', 'large']) });
const Place = z.object({ city: z.enum(['Berlin', 'Paris']), days: z.number().int().min(1).max(9) });

function options(model, prompt = TEXT) {
  return { model, prompt, temperature: 0, maxRetries: 0 };
}

/** Options with one tool, which is forced first and not allowed afterwards. */
function loop(model, calls) {
  return {
    ...options(model, JSON.stringify(PLACE)),
    maxOutputTokens: 80,
    tools: {
      weather: tool({
        description: 'The weather of the next days.',
        inputSchema: Place,
        execute: async (place) => {
          calls.push(place);
          return { sky: 'clear' };
        },
      }),
    },
    prepareStep: ({ stepNumber }) => ({
      toolChoice: stepNumber === 0 ? { type: 'tool', toolName: 'weather' } : 'none',
    }),
    stopWhen: isStepCount(2),
  };
}

function assertLooped(steps, calls) {
  assert.deepEqual(calls, [PLACE]);
  assert.equal(steps.length, 2);
  assert.deepEqual(steps[0].toolResults.map((result) => result.output), [{ sky: 'clear' }]);
  assert.equal(steps[1].toolCalls.length, 0);
  assert.ok(steps[1].usage.inputTokens > steps[0].usage.inputTokens);
}

for (const [name, provider] of [
  ['openai()', openai],
  ['openai.chat()', openai.chat],
]) {
  const rot13 = provider('rot13');
  const base = provider('dlora-demo');

  test(`${name}: a text is generated`, async () => {
    const { text, finishReason, usage, warnings } = await generateText(options(rot13));
    assert.equal(text, ROT13);
    assert.equal(finishReason, 'stop');
    assert.equal(usage.outputTokens, ROT13.length + 1);
    assert.deepEqual(warnings ?? [], []);
  });

  test(`${name}: a text is streamed`, async () => {
    const result = streamText(options(rot13));
    assert.equal((await collect(result.textStream)).join(''), ROT13);
    assert.equal(await result.finishReason, 'stop');
    assert.equal((await result.usage).outputTokens, ROT13.length + 1);
  });

  test(`${name}: a conversation with instructions goes on`, async () => {
    const { prompt, ...rest } = options(rot13);
    const first = await generateText({ ...rest, prompt });
    const { text, usage } = await generateText({
      ...rest,
      instructions: 'Be brief.',
      messages: [{ role: 'user', content: TEXT }, ...first.response.messages, { role: 'user', content: TEXT }],
      maxOutputTokens: 40,
    });
    assert.ok(text.length > 0);
    assert.ok(usage.inputTokens > first.usage.inputTokens);
  });

  test(`${name}: an output has its schema, and is streamed alike`, async () => {
    const asked = { ...options(base, JSON.stringify(CITY)), output: Output.object({ schema: City }) };
    assert.deepEqual((await generateText(asked)).output, CITY);
    const streamed = streamText(asked);
    assert.deepEqual((await collect(streamed.partialOutputStream)).at(-1), CITY);
    assert.deepEqual(await streamed.output, CITY);
    City.parse((await generateText({ ...asked, prompt: TEXT })).output);
  });

  test(`${name}: generateObject and streamObject have their schema`, async () => {
    const asked = { ...options(base, JSON.stringify(CITY)), schema: City };
    assert.deepEqual((await generateObject(asked)).object, CITY);
    const streamed = streamObject(asked);
    assert.deepEqual((await collect(streamed.partialObjectStream)).at(-1), CITY);
    assert.deepEqual(await streamed.object, CITY);
  });

  test(`${name}: an output is an array, a choice, or any JSON`, async () => {
    const array = Output.array({ element: z.enum(['x', 'y']) });
    const asked = options(base, '{"elements":["x","y"]}');
    assert.deepEqual((await generateText({ ...asked, output: array })).output, ['x', 'y']);
    const choice = Output.choice({ options: ['red', 'green'] });
    assert.equal((await generateText({ ...options(base, '{"result":"green"}'), output: choice })).output, 'green');
    const json = { ...options(base, '{"word":"hello"}'), output: Output.json() };
    assert.deepEqual((await generateText(json)).output, { word: 'hello' });
  });

  test(`${name}: a tool is called, and its result goes back`, async () => {
    const calls = [];
    const { steps } = await generateText(loop(base, calls));
    assertLooped(steps, calls);
  });

  test(`${name}: a tool is called in a stream, and its result goes back`, async () => {
    const calls = [];
    const result = streamText(loop(base, calls));
    const types = (await collect(result.stream)).map((part) => part.type);
    for (const type of ['tool-input-start', 'tool-input-delta', 'tool-input-end', 'tool-call', 'tool-result', 'text-delta']) {
      assert.ok(types.includes(type), `${type} is not in ${types.join()}`);
    }
    assertLooped(await result.steps, calls);
  });

  test(`${name}: an error has the server's message`, async () => {
    await assert.rejects(generateText({ ...options(rot13), temperature: 3 }), (error) => {
      assert.ok(APICallError.isInstance(error), error);
      assert.equal(error.statusCode, 400);
      assert.match(error.message, /'temperature' must be a number from 0 to 2/);
      return true;
    });
  });
}

test('openai(): a conversation goes on from a kept response', async () => {
  const first = await generateText(options(openai('rot13')));
  const { responseId } = first.providerMetadata.openai;
  const next = await generateText({
    ...options(openai('rot13')),
    providerOptions: { openai: { previousResponseId: responseId } },
  });
  assert.ok(next.usage.inputTokens > first.usage.inputTokens);
});

test('openai(): log-probabilities are returned', async () => {
  const { providerMetadata } = await generateText({
    ...options(openai('rot13')),
    providerOptions: { openai: { logprobs: 2 } },
  });
  const [[first]] = providerMetadata.openai.logprobs;
  assert.equal(first.token, 'G');
  assert.equal(first.top_logprobs.length, 2);
});

test('openai(): nothing is kept with store: false, and a loop of tools works all the same', async () => {
  const calls = [];
  const { steps } = await generateText({
    ...loop(openai('dlora-demo'), calls),
    providerOptions: { openai: { store: false } },
  });
  assertLooped(steps, calls);
});
