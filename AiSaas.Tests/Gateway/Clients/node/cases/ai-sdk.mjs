import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embedMany, generateText, streamText } from 'ai';
import { all, answer } from '../context.mjs';

const provider = ({ url, key }) => createOpenAICompatible({ name: 'aisaas', apiKey: key, baseURL: `${url}/v1`, includeUsage: true });

export const cases = {
  'AI SDK: an answer': async context => {
    const result = await generateText({ model: provider(context)('sim-chat'), prompt: 'When are refunds paid?', maxRetries: 0 });
    assert.equal(result.text, answer);
    assert.equal(result.usage.outputTokens, 5);
  },

  'AI SDK: a stream': async context => {
    const result = streamText({ model: provider(context)('sim-chat'), prompt: 'When are refunds paid?', maxRetries: 0 });
    assert.equal((await all(result.textStream)).join(''), answer);
    assert.equal((await result.usage).inputTokens, 20);
  },

  'AI SDK: embeddings': async context => {
    const { embeddings } = await embedMany({ model: provider(context).embeddingModel('sim-embed'), values: ['one', 'two'] });
    assert.deepEqual(embeddings, [[0.25, -0.5, 1], [0.25, -0.5, 1]]);
  },
};
