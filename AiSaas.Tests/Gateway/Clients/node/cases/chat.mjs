import assert from 'node:assert/strict';
import { all, answer, pixel, question, weather } from '../context.mjs';

const tools = [{ type: 'function', function: weather }];

const textOf = (chunks, index = 0) =>
  chunks.flatMap(chunk => chunk.choices).filter(choice => choice.index === index).map(choice => choice.delta.content ?? '').join('');

export const cases = {
  'chat: a whole answer with its finish reason and usage': async ({ openai }) => {
    const completion = await openai.chat.completions.create({ model: 'sim-chat', messages: question });
    assert.equal(completion.object, 'chat.completion');
    assert.equal(completion.choices[0].message.content, answer);
    assert.equal(completion.choices[0].finish_reason, 'stop');
    assert.equal(completion.usage.total_tokens, 25);
    assert.equal(completion.usage.prompt_tokens_details.cached_tokens, 8);
    assert.ok(completion._request_id, 'x-request-id');
  },

  'chat: headers say who answered and what is left': async ({ openai }) => {
    const { response } = await openai.chat.completions.create({ model: 'sim-chat', messages: question }).withResponse();
    const header = name => response.headers.get(name);
    assert.ok(header('x-aisaas-provider'), 'x-aisaas-provider');
    assert.equal(header('x-aisaas-model'), 'sim-chat');
    assert.ok(header('x-aisaas-attempts'), 'x-aisaas-attempts');
    assert.equal(header('x-aisaas-cache'), 'miss');
    assert.ok(Number(header('x-aisaas-cost')) >= 0, 'x-aisaas-cost');
    for (const what of ['limit', 'remaining', 'reset']) {
      assert.ok(header(`x-ratelimit-${what}-requests`), `x-ratelimit-${what}-requests`);
      assert.ok(header(`x-ratelimit-${what}-tokens`), `x-ratelimit-${what}-tokens`);
    }
  },

  'chat: a stream gives each token and a finish reason, and no usage that nobody asked for': async ({ openai, lastCall }) => {
    const chunks = await all(await openai.chat.completions.create({ model: 'sim-chat', messages: question, stream: true }));
    assert.equal(textOf(chunks), answer);
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
    assert.ok(chunks.every(chunk => !chunk.usage && chunk.choices.length === 1), 'a chunk of usage came through');
    assert.equal((await lastCall('sim-chat')).body.stream_options.include_usage, true);
  },

  'chat: a stream ends with the usage for those who ask': async ({ openai }) => {
    const chunks = await all(await openai.chat.completions.create(
      { model: 'sim-chat', messages: question, stream: true, stream_options: { include_usage: true } }));
    assert.equal(chunks.at(-1).usage.total_tokens, 25);
    assert.deepEqual(chunks.at(-1).choices, []);
  },

  'chat: the stream helper gathers the answer': async ({ openai }) => {
    const stream = openai.chat.completions.stream({ model: 'sim-chat', messages: question });
    const completion = await stream.finalChatCompletion();
    assert.equal(completion.choices[0].message.content, answer);
  },

  'chat: a tool call and its result, whole': async ({ openai, lastCall }) => {
    const first = await openai.chat.completions.create({ model: 'sim-tool', messages: question, tools, tool_choice: 'required', parallel_tool_calls: false });
    const call = first.choices[0].message.tool_calls[0];
    assert.equal(first.choices[0].finish_reason, 'tool_calls');
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Zürich' });
    const { body } = await lastCall('sim-tool');
    assert.deepEqual([body.tools, body.tool_choice, body.parallel_tool_calls], [tools, 'required', false]);
    const second = await openai.chat.completions.create({
      model: 'sim-tool', tools,
      messages: [...question, first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '21 degrees' }],
    });
    assert.equal(second.choices[0].message.content, 'The tool said: 21 degrees');
  },

  'chat: a tool call in a stream, its arguments in pieces': async ({ openai }) => {
    const completion = await openai.chat.completions.stream({ model: 'sim-tool', messages: question, tools }).finalChatCompletion();
    assert.deepEqual(JSON.parse(completion.choices[0].message.tool_calls[0].function.arguments), { city: 'Zürich' });
  },

  'chat: the tool runner goes round until there is an answer': async ({ openai }) => {
    const runner = openai.chat.completions.runTools({
      model: 'sim-tool', messages: question, stream: true,
      tools: [{ type: 'function', function: { ...weather, parse: JSON.parse, function: ({ city }) => `21 degrees in ${city}` } }],
    });
    assert.equal(await runner.finalContent(), 'The tool said: 21 degrees in Zürich');
  },

  'chat: a JSON schema reaches the model as it is': async ({ openai, lastCall }) => {
    const response_format = {
      type: 'json_schema',
      json_schema: { name: 'stay', strict: true, schema: { type: 'object', properties: { schema: { type: 'string' } }, required: ['schema'], additionalProperties: false } },
    };
    const completion = await openai.chat.completions.parse({ model: 'sim-chat', messages: question, response_format });
    assert.deepEqual(JSON.parse(completion.choices[0].message.content), { schema: 'stay' });
    assert.deepEqual((await lastCall('sim-chat')).body.response_format, response_format);
  },

  'chat: an image reaches the model as it is': async ({ openai, lastCall }) => {
    const messages = [{
      role: 'user',
      content: [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}`, detail: 'low' } }],
    }];
    await openai.chat.completions.create({ model: 'sim-chat', messages });
    assert.deepEqual((await lastCall('sim-chat')).body.messages, messages);
  },

  'chat: several answers, whole and streamed': async ({ openai }) => {
    const completion = await openai.chat.completions.create({ model: 'sim-chat', messages: question, n: 2 });
    assert.deepEqual(completion.choices.map(choice => [choice.index, choice.message.content]), [[0, answer], [1, answer]]);
    const chunks = await all(await openai.chat.completions.create({ model: 'sim-chat', messages: question, n: 2, stream: true }));
    assert.deepEqual([textOf(chunks, 0), textOf(chunks, 1)], [answer, answer]);
  },

  'chat: log probabilities, whole and streamed': async ({ openai }) => {
    const completion = await openai.chat.completions.create({ model: 'sim-chat', messages: question, logprobs: true, top_logprobs: 2 });
    assert.equal(completion.choices[0].logprobs.content.map(one => one.token).join(''), answer);
    const chunks = await all(await openai.chat.completions.create({ model: 'sim-chat', messages: question, logprobs: true, stream: true }));
    assert.equal(chunks.flatMap(chunk => chunk.choices[0].logprobs?.content ?? []).map(one => one.token).join(''), answer);
  },

  'chat: fields that we do not know pass, both ways': async ({ openai, lastCall }) => {
    const more = { stop: ['\n\n', 'END'], seed: 7, user: 'u-1', metadata: { a: 'b' }, x_of_tomorrow: { deep: [1, null, 'ü', 1.50, 12345678901234567890n.toString()] } };
    const completion = await openai.chat.completions.create({ model: 'sim-chat', messages: question, temperature: 0.3, ...more });
    assert.deepEqual(completion.x_of_the_provider, { kept: true });
    const { body } = await lastCall('sim-chat');
    assert.deepEqual(Object.fromEntries(Object.keys(more).map(name => [name, body[name]])), more);
  },

  'chat: hanging up in the middle reaches the provider at once': async ({ openai, lastCall, until }) => {
    const stream = await openai.chat.completions.create({ model: 'sim-slow', messages: question, stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.content) {
        stream.controller.abort();
        break;
      }
    }
    await until(async () => (await lastCall('sim-slow')).aborted, 'the provider sees the end');
  },

  'models: the list and one of it': async ({ openai }) => {
    const models = await all(openai.models.list());
    assert.ok(models.some(model => model.id === 'sim-chat' && model.object === 'model'), 'sim-chat is listed');
    assert.equal((await openai.models.retrieve('sim-chat')).id, 'sim-chat');
  },
};
