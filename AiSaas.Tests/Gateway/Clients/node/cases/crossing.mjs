import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { all, answer, pixel, question, weather } from '../context.mjs';
import { fails } from './errors.mjs';

const chatTools = [{ type: 'function', function: weather }];
const messageTools = [{ name: weather.name, description: weather.description, input_schema: weather.parameters }];

export const cases = {
  'crossing: OpenAI\'s client, a model of Anthropic\'s': async ({ openai, lastCall }) => {
    const messages = [{ role: 'system', content: 'Be brief.' }, ...question];
    const completion = await openai.chat.completions.create({ model: 'claude-chat', messages, max_tokens: 50, stop: ['END'] });
    assert.equal(completion.choices[0].message.content, answer);
    assert.equal(completion.choices[0].finish_reason, 'stop');
    assert.deepEqual(
      [completion.usage.prompt_tokens, completion.usage.completion_tokens, completion.usage.prompt_tokens_details.cached_tokens], [20, 5, 8]);
    const { path, body } = await lastCall('claude-chat');
    assert.equal(path, '/v1/messages');
    assert.deepEqual([body.max_tokens, body.stop_sequences], [50, ['END']]);
    assert.match(JSON.stringify(body.system), /Be brief\./);
  },

  'crossing: OpenAI\'s client, a stream of Anthropic\'s': async ({ openai }) => {
    const chunks = await all(await openai.chat.completions.create(
      { model: 'claude-chat', messages: question, stream: true, stream_options: { include_usage: true } }));
    assert.equal(chunks.map(chunk => chunk.choices[0]?.delta.content ?? '').join(''), answer);
    assert.equal(chunks.at(-1).usage.completion_tokens, 5);
    const bare = await all(await openai.chat.completions.create({ model: 'claude-chat', messages: question, stream: true }));
    assert.ok(bare.every(chunk => !chunk.usage && chunk.choices.length === 1), 'usage that nobody asked for');
  },

  'crossing: OpenAI\'s client, Anthropic\'s tools': async ({ openai }) => {
    const first = await openai.chat.completions.create({ model: 'claude-tool', messages: question, tools: chatTools });
    const call = first.choices[0].message.tool_calls[0];
    assert.equal(first.choices[0].finish_reason, 'tool_calls');
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Zürich' });
    const messages = [...question, first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '21 degrees' }];
    const second = await openai.chat.completions.create({ model: 'claude-tool', messages, tools: chatTools });
    assert.equal(second.choices[0].message.content, 'The tool said: 21 degrees');
    const streamed = await openai.chat.completions.stream({ model: 'claude-tool', messages: question, tools: chatTools }).finalChatCompletion();
    assert.deepEqual(JSON.parse(streamed.choices[0].message.tool_calls[0].function.arguments), { city: 'Zürich' });
  },

  'crossing: OpenAI\'s client, an image for Anthropic\'s model': async ({ openai, lastCall }) => {
    await openai.chat.completions.create({
      model: 'claude-chat', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }] }],
    });
    const block = (await lastCall('claude-chat')).body.messages[0].content[0];
    assert.deepEqual([block.type, block.source], ['image', { type: 'base64', media_type: 'image/png', data: pixel }]);
  },

  'crossing: OpenAI\'s client, Anthropic\'s errors': async ({ openai }) => {
    const wrong = await fails(OpenAI.BadRequestError, () => openai.chat.completions.create({ model: 'claude-bad', messages: question }));
    assert.match(wrong.message, /temperature is out of range/);
    await fails(OpenAI.APIError, async () => all(await openai.chat.completions.create({ model: 'claude-error-midway', messages: question, stream: true })));
  },

  'crossing: Anthropic\'s client, a model of OpenAI\'s': async ({ anthropic, lastCall }) => {
    const message = await anthropic.messages.create({ model: 'sim-chat', max_tokens: 50, system: 'Be brief.', messages: question, stop_sequences: ['END'] });
    assert.equal(message.type, 'message');
    assert.equal(message.content[0].text, answer);
    assert.equal(message.stop_reason, 'end_turn');
    assert.deepEqual([message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.output_tokens], [12, 8, 5]);
    const { path, body } = await lastCall('sim-chat');
    assert.equal(path, '/v1/chat/completions');
    assert.equal(body.messages[0].role, 'system');
    assert.deepEqual(body.stop, ['END']);
  },

  'crossing: Anthropic\'s client, a stream of OpenAI\'s': async ({ anthropic }) => {
    const stream = anthropic.messages.stream({ model: 'sim-chat', max_tokens: 50, messages: question });
    const message = await stream.finalMessage();
    assert.equal(message.content[0].text, answer);
    assert.equal(message.stop_reason, 'end_turn');
    assert.equal(message.usage.output_tokens, 5);
  },

  'crossing: Anthropic\'s client, OpenAI\'s tools': async ({ anthropic }) => {
    for (const get of [body => anthropic.messages.create(body), body => anthropic.messages.stream(body).finalMessage()]) {
      const body = { model: 'sim-tool', max_tokens: 100, messages: question, tools: messageTools };
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

  'crossing: Anthropic\'s client, OpenAI\'s errors': async ({ anthropic }) => {
    const wrong = await fails(Anthropic.BadRequestError, () => anthropic.messages.create({ model: 'sim-bad', max_tokens: 10, messages: question }));
    assert.equal(wrong.error.error.type, 'invalid_request_error');
    await fails(Anthropic.APIError, async () => all(await anthropic.messages.create({ model: 'sim-error-midway', max_tokens: 10, messages: question, stream: true })));
  },
};
