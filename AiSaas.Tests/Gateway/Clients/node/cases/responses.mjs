import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { all, answer, weather } from '../context.mjs';
import { fails } from './errors.mjs';

const input = 'When are refunds paid?';
const done = response => !['queued', 'in_progress'].includes(response.status);

async function settled(openai, until, id) {
  let response;
  await until(async () => done(response = await openai.responses.retrieve(id)), `response ${id} settles`);
  return response;
}

export const cases = {
  'responses: a whole answer': async ({ openai }) => {
    const response = await openai.responses.create({ model: 'sim-chat', input, instructions: 'Be brief.' });
    assert.equal(response.object, 'response');
    assert.equal(response.status, 'completed');
    assert.equal(response.output_text, answer);
    assert.deepEqual([response.usage.input_tokens, response.usage.output_tokens], [20, 5]);
  },

  'responses: a stream of events, numbered': async ({ openai }) => {
    const events = await all(await openai.responses.create({ model: 'sim-chat', input, stream: true }));
    assert.equal(events[0].type, 'response.created');
    assert.equal(events.at(-1).type, 'response.completed');
    assert.equal(events.filter(event => event.type === 'response.output_text.delta').map(event => event.delta).join(''), answer);
    assert.deepEqual(events.map(event => event.sequence_number), events.map((_, index) => events[0].sequence_number + index));
  },

  'responses: the stream helper gathers the answer': async ({ openai }) => {
    const response = await openai.responses.stream({ model: 'sim-chat', input }).finalResponse();
    assert.equal(response.output_text, answer);
  },

  'responses: a tool call and its result, by reference to the first answer': async ({ openai }) => {
    const tools = [{ type: 'function', ...weather, strict: true }];
    const first = await openai.responses.create({ model: 'sim-tool', input, tools });
    const call = first.output.find(item => item.type === 'function_call');
    assert.deepEqual(JSON.parse(call.arguments), { city: 'Zürich' });
    const second = await openai.responses.create({
      model: 'sim-tool', tools, previous_response_id: first.id, input: [{ type: 'function_call_output', call_id: call.call_id, output: '21 degrees' }],
    });
    assert.equal(second.output_text, 'The tool said: 21 degrees');
  },

  'responses: kept, found again, and deleted': async ({ openai }) => {
    const made = await openai.responses.create({ model: 'sim-chat', input });
    const found = await openai.responses.retrieve(made.id);
    assert.equal(found.id, made.id);
    assert.equal(found.output_text, answer);
    await openai.responses.delete(made.id);
    await fails(OpenAI.NotFoundError, () => openai.responses.retrieve(made.id));
  },

  'responses: in the background': async ({ openai, until }) => {
    const started = await openai.responses.create({ model: 'sim-chat', input, background: true });
    assert.ok(!done(started) || started.status === 'completed', started.status);
    assert.equal((await settled(openai, until, started.id)).output_text, answer);
  },

  'responses: canceled in the background': async ({ openai, until, lastCall }) => {
    const started = await openai.responses.create({ model: 'sim-slow', input, background: true });
    await until(async () => await lastCall('sim-slow'), 'the provider is asked');
    await openai.responses.cancel(started.id);
    assert.equal((await settled(openai, until, started.id)).status, 'cancelled');
  },

  'responses: a background stream goes on where it was left': async ({ openai }) => {
    const stream = await openai.responses.create({ model: 'sim-slow-short', input, background: true, stream: true });
    const seen = [];
    for await (const event of stream) {
      seen.push(event);
      if (event.type === 'response.output_text.delta') {
        break;
      }
    }
    const id = seen.find(event => event.type === 'response.created').response.id;
    const rest = await all(await openai.responses.retrieve(id, { stream: true, starting_after: seen.at(-1).sequence_number }));
    assert.equal(rest[0].sequence_number, seen.at(-1).sequence_number + 1);
    assert.equal(rest.at(-1).type, 'response.completed');
    const text = [...seen, ...rest].filter(event => event.type === 'response.output_text.delta').map(event => event.delta).join('');
    assert.equal(text, rest.at(-1).response.output.flatMap(item => item.content ?? []).map(part => part.text).join(''));
  },

  'responses: errors by class': async ({ openai }) => {
    await fails(OpenAI.NotFoundError, () => openai.responses.create({ model: 'no-such-model', input }));
    await fails(OpenAI.NotFoundError, () => openai.responses.retrieve('resp_00000000000000000000000000000000'));
    await fails(OpenAI.BadRequestError, () => openai.responses.create({ model: 'sim-bad', input }));
  },
};
