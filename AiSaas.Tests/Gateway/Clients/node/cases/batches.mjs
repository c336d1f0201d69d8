import assert from 'node:assert/strict';
import OpenAI, { toFile } from 'openai';
import { all, answer, question } from '../context.mjs';
import { fails } from './errors.mjs';

const endpoint = '/v1/chat/completions';
const line = (id, model, more) => JSON.stringify({ custom_id: id, method: 'POST', url: endpoint, body: { model, messages: question }, ...more });
const upload = async (openai, lines) => openai.files.create({ file: await toFile(Buffer.from(lines.join('\n')), 'requests.jsonl'), purpose: 'batch' });
const begin = (openai, file, more) => openai.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h', ...more });
const lines = async (openai, file) => (await (await openai.files.content(file)).text()).trim().split('\n').map(text => JSON.parse(text));
const ended = batch => !['validating', 'in_progress', 'finalizing', 'cancelling'].includes(batch.status);

async function settled(openai, until, id) {
  let batch;
  await until(async () => ended(batch = await openai.batches.retrieve(id)), `batch ${id} settles`);
  return batch;
}

export const cases = {
  'batches: a file is kept, found, fetched and deleted': async ({ openai }) => {
    const text = line('a', 'sim-chat');
    const made = await upload(openai, [text]);
    assert.deepEqual([made.object, made.purpose, made.filename, made.bytes], ['file', 'batch', 'requests.jsonl', text.length]);
    assert.ok(made.expires_at > made.created_at);
    assert.deepEqual(await openai.files.retrieve(made.id), made);
    assert.equal(await (await openai.files.content(made.id)).text(), text);
    assert.ok((await all(openai.files.list({ purpose: 'batch', limit: 1 }))).some(file => file.id === made.id));
    assert.deepEqual(await openai.files.delete(made.id), { id: made.id, object: 'file', deleted: true });
    await fails(OpenAI.NotFoundError, () => openai.files.retrieve(made.id));
    await fails(OpenAI.NotFoundError, () => openai.files.content(made.id));
  },

  'batches: answers and errors come in files of their own': async ({ openai, until }) => {
    const file = await upload(openai, [line('first', 'sim-chat'), line('bad', 'sim-bad'), line('last', 'claude-chat')]);
    const made = await begin(openai, file, { metadata: { run: 'nightly' } });
    assert.deepEqual(
      [made.object, made.endpoint, made.input_file_id, made.completion_window, made.metadata, made.errors],
      ['batch', endpoint, file.id, '24h', { run: 'nightly' }, null]);
    const batch = await settled(openai, until, made.id);
    assert.equal(batch.status, 'completed');
    assert.deepEqual(batch.request_counts, { total: 3, completed: 2, failed: 1 });
    assert.ok(batch.in_progress_at && batch.completed_at >= batch.created_at && batch.expires_at > batch.created_at);

    const answers = await lines(openai, batch.output_file_id);
    assert.deepEqual(answers.map(one => one.custom_id), ['first', 'last']);
    assert.ok(answers.every(one => one.error === null && one.response.status_code === 200 && one.response.request_id));
    assert.ok(answers.every(one => one.response.body.choices[0].message.content === answer));
    const [error] = await lines(openai, batch.error_file_id);
    assert.deepEqual([error.custom_id, error.response.status_code], ['bad', 400]);
    assert.ok(error.response.body.error.message);
    const output = await openai.files.retrieve(batch.output_file_id);
    assert.deepEqual([output.purpose, output.bytes], ['batch_output', Buffer.byteLength(await (await openai.files.content(output.id)).text())]);
  },

  'batches: a file that is none fails with its line': async ({ openai, until }) => {
    const wrong = [
      [[line('a', 'sim-chat'), '{"custom_id":'], 2],
      [[line('a', 'sim-chat'), line('a', 'sim-chat')], 2],
      [[line('a', 'sim-chat', { url: '/v1/embeddings' })], 1],
      [[line('a', 'no-such-model')], 1],
    ];
    for (const [text, place] of wrong) {
      const batch = await settled(openai, until, (await begin(openai, await upload(openai, text))).id);
      assert.equal(batch.status, 'failed');
      assert.deepEqual([batch.errors.object, batch.errors.data.length, batch.errors.data[0].line], ['list', 1, place]);
      assert.ok(batch.errors.data[0].message && batch.errors.data[0].code && batch.failed_at);
      assert.equal(batch.output_file_id ?? null, null);
    }
  },

  'batches: cancelled ones keep what is done': async ({ openai, until }) => {
    const file = await upload(openai, [line('quick', 'sim-chat'), line('slow', 'sim-late')]);
    const made = await begin(openai, file);
    await until(async () => (await openai.batches.retrieve(made.id)).request_counts.completed === 1, 'the quick one is done');
    assert.ok(['cancelling', 'cancelled'].includes((await openai.batches.cancel(made.id)).status));
    const batch = await settled(openai, until, made.id);
    assert.equal(batch.status, 'cancelled');
    assert.ok(batch.cancelled_at);
    assert.deepEqual((await lines(openai, batch.output_file_id)).map(one => one.custom_id), ['quick']);
    assert.deepEqual((await lines(openai, batch.error_file_id)).map(one => [one.custom_id, one.response, one.error.code]), [['slow', null, 'batch_cancelled']]);
  },

  'batches: listed page by page, the newest first': async ({ openai, until }) => {
    const file = await upload(openai, [line('a', 'sim-chat')]);
    const made = [(await begin(openai, file)).id, (await begin(openai, file)).id, (await begin(openai, file)).id];
    const listed = (await all(openai.batches.list({ limit: 2 }))).map(batch => batch.id);
    assert.deepEqual(listed.filter(id => made.includes(id)), made.reverse());
    assert.equal(new Set(listed).size, listed.length);
    for (const id of made) {
      assert.equal((await settled(openai, until, id)).status, 'completed');
    }
  },

  'batches: what is missing or wrong is said in the API\'s words': async ({ openai }) => {
    const file = await upload(openai, [line('a', 'sim-chat')]);
    await fails(OpenAI.NotFoundError, () => begin(openai, { id: 'file-00000000000000000000000000000000' }));
    await fails(OpenAI.NotFoundError, () => openai.batches.retrieve('batch_nobody'));
    await fails(OpenAI.NotFoundError, () => openai.batches.cancel('batch_00000000000000000000000000000000'));
    assert.equal((await fails(OpenAI.BadRequestError, () => begin(openai, file, { endpoint: '/v1/images' }))).param, 'endpoint');
    assert.equal((await fails(OpenAI.BadRequestError, () => begin(openai, file, { completion_window: 'soon' }))).param, 'completion_window');
    const content = await toFile(Buffer.from('x'), 'x.jsonl');
    assert.equal((await fails(OpenAI.BadRequestError, () => openai.files.create({ file: content, purpose: 'fine-tune' }))).param, 'purpose');
    await fails(OpenAI.BadRequestError, async () => openai.files.create({ file: await toFile(Buffer.from(''), 'x.jsonl'), purpose: 'batch' }));
  },
};
