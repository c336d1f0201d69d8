import assert from 'node:assert/strict';

export const cases = {
  'embeddings: the client\'s own encoding (base64, decoded by it)': async ({ openai }) => {
    const found = await openai.embeddings.create({ model: 'sim-embed', input: 'one' });
    assert.deepEqual([...found.data[0].embedding], [0.25, -0.5, 1]);
    assert.equal(found.usage.prompt_tokens, 3);
  },

  'embeddings: floats': async ({ openai }) => {
    const found = await openai.embeddings.create({ model: 'sim-embed', input: 'one', encoding_format: 'float' });
    assert.deepEqual(found.data[0].embedding, [0.25, -0.5, 1]);
  },

  'embeddings: base64 as it is': async ({ openai }) => {
    const found = await openai.embeddings.create({ model: 'sim-embed', input: 'one', encoding_format: 'base64' });
    const bytes = Buffer.from(found.data[0].embedding, 'base64');
    assert.deepEqual([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.readFloatLE(8)], [0.25, -0.5, 1]);
  },

  'embeddings: as many dimensions as asked for': async ({ openai, lastCall }) => {
    const found = await openai.embeddings.create({ model: 'sim-embed', input: 'one', dimensions: 5 });
    assert.equal(found.data[0].embedding.length, 5);
    assert.equal((await lastCall('sim-embed')).body.dimensions, 5);
  },

  'embeddings: a batch, and tokens instead of text': async ({ openai }) => {
    const found = await openai.embeddings.create({ model: 'sim-embed', input: ['one', 'two', 'three'] });
    assert.deepEqual(found.data.map(one => one.index), [0, 1, 2]);
    const tokens = await openai.embeddings.create({ model: 'sim-embed', input: [[1, 2, 3], [4, 5]] });
    assert.equal(tokens.data.length, 2);
  },
};
