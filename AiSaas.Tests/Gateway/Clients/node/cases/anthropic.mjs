import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { all, answer, pixel, question, weather } from '../context.mjs';
import { fails } from './errors.mjs';

const tools = [{ name: weather.name, description: weather.description, input_schema: weather.parameters }];
const ask = (anthropic, model, more) => anthropic.messages.create({ model, max_tokens: 100, messages: question, ...more });

export const cases = {
  'messages: a whole answer with its stop reason and usage': async ({ anthropic, lastCall }) => {
    const message = await ask(anthropic, 'claude-chat', { system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }], metadata: { user_id: 'u-1' } });
    assert.equal(message.content[0].text, answer);
    assert.equal(message.stop_reason, 'end_turn');
    assert.deepEqual([message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.output_tokens], [12, 8, 5]);
    assert.ok(message._request_id, 'request-id');
    const { body } = await lastCall('claude-chat');
    assert.deepEqual(body.system, [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }]);
    assert.deepEqual(body.metadata, { user_id: 'u-1' });
  },

  'messages: a stream of events': async ({ anthropic }) => {
    const events = await all(await ask(anthropic, 'claude-chat', { stream: true }));
    assert.equal(events[0].type, 'message_start');
    assert.equal(events.at(-1).type, 'message_stop');
    assert.equal(events.filter(event => event.type === 'content_block_delta').map(event => event.delta.text).join(''), answer);
  },

  'messages: the stream helper gathers the message': async ({ anthropic }) => {
    const message = await anthropic.messages.stream({ model: 'claude-chat', max_tokens: 100, messages: question }).finalMessage();
    assert.equal(message.content[0].text, answer);
    assert.equal(message.usage.output_tokens, 5);
  },

  'messages: a tool call and its result, whole and streamed': async ({ anthropic }) => {
    for (const get of [body => anthropic.messages.create(body), body => anthropic.messages.stream(body).finalMessage()]) {
      const body = { model: 'claude-tool', max_tokens: 100, messages: question, tools };
      const first = await get(body);
      const call = first.content.find(block => block.type === 'tool_use');
      assert.equal(first.stop_reason, 'tool_use');
      assert.deepEqual(call.input, { city: 'Zürich' });
      const second = await get({
        ...body,
        messages: [...question, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '21 degrees' }] }],
      });
      assert.equal(second.content[0].text, 'The tool said: 21 degrees');
    }
  },

  'messages: an image reaches the model as it is': async ({ anthropic, lastCall }) => {
    const messages = [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }, { type: 'text', text: 'What is this?' }] }];
    await ask(anthropic, 'claude-chat', { messages });
    assert.deepEqual((await lastCall('claude-chat')).body.messages, messages);
  },

  'messages: tokens are counted': async ({ anthropic }) => {
    assert.equal((await anthropic.messages.countTokens({ model: 'claude-chat', messages: question })).input_tokens, 17);
  },

  'messages: errors by class': async ({ anthropic, anthropicWith }) => {
    await fails(Anthropic.AuthenticationError, () => ask(anthropicWith({ apiKey: 'sk-ais-wrong' }), 'claude-chat'));
    const absent = await fails(Anthropic.NotFoundError, () => ask(anthropic, 'no-such-model'));
    assert.equal(absent.error.type, 'error');
    assert.equal(absent.error.error.type, 'not_found_error');
    await fails(Anthropic.BadRequestError, () => ask(anthropic, undefined));
    const wrong = await fails(Anthropic.BadRequestError, () => ask(anthropic, 'claude-bad'));
    assert.match(wrong.message, /temperature is out of range/);
    const limited = await fails(Anthropic.RateLimitError, () => ask(anthropic, 'claude-rate'));
    assert.ok(Number(limited.headers.get('retry-after')) > 0, 'retry-after');
    await fails(Anthropic.InternalServerError, () => ask(anthropic, 'claude-overloaded'));
  },

  'messages: a key as a bearer token': async ({ anthropicWith, key }) => {
    const message = await ask(anthropicWith({ apiKey: null, authToken: key }), 'claude-chat');
    assert.equal(message.content[0].text, answer);
  },

  'messages: an error in the middle of a stream is thrown': async ({ anthropic }) => {
    await fails(Anthropic.APIError, async () => all(await ask(anthropic, 'claude-error-midway', { stream: true })));
    await fails(Anthropic.APIError, async () => all(await ask(anthropic, 'claude-dies-midway', { stream: true })));
  },

  'messages: hanging up in the middle reaches the provider at once': async ({ anthropic, lastCall, until }) => {
    const stream = anthropic.messages.stream({ model: 'claude-slow', max_tokens: 100, messages: question });
    const ended = stream.done().catch(error => error);
    await new Promise(resolve => stream.once('text', resolve));
    stream.abort();
    assert.ok(await ended instanceof Anthropic.APIUserAbortError);
    await until(async () => (await lastCall('claude-slow')).aborted, 'the provider sees the end');
  },
};
