import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clients, as their documentation sets them up, and the provider's own view. */
export function createContext({ AISAAS_URL: url, AISAAS_KEY: key, SIMULATOR_URL: simulator }) {
  const calls = async model => (await (await fetch(`${simulator}/calls`)).json()).filter(call => call.body.model === model);
  return {
    url,
    key,
    openai: new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0 }),
    openaiWith: options => new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0, ...options }),
    anthropicWith: options => new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0, ...options }),
    /** The last request for a model, as it reached the provider. */
    lastCall: async model => (await calls(model)).at(-1),
    calls,
    until: async (condition, what) => {
      for (let tries = 0; tries < 250; tries++) {
        if (await condition()) {
          return;
        }
        await sleep(20);
      }
      throw new Error(`did not happen: ${what}`);
    },
  };
}

export const question = [{ role: 'user', content: 'When are refunds paid?' }];

export const answer = 'Paid within fourteen days [1].';

export const weather = {
  name: 'weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
};

export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Everything that an async iterable gives. */
export async function all(iterable) {
  const items = [];
  for await (const item of iterable) {
    items.push(item);
  }
  return items;
}
