import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { all, question } from '../context.mjs';

const chat = (openai, model, more) => openai.chat.completions.create({ model, messages: question, ...more });

/** Awaits an error of a class and gives it. */
export async function fails(kind, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof kind, `${error.constructor.name} instead of ${kind.name}: ${error.message}`);
    return error;
  }
  throw new Error(`no ${kind.name} came`);
}

export const cases = {
  'errors: a wrong key is an AuthenticationError': async ({ openaiWith }) => {
    const error = await fails(OpenAI.AuthenticationError, () => chat(openaiWith({ apiKey: 'sk-ais-wrong' }), 'sim-chat'));
    assert.equal(error.code, 'invalid_api_key');
    assert.ok(error.type, 'type');
  },

  'errors: a model that is not there is a NotFoundError': async ({ openai }) => {
    const error = await fails(OpenAI.NotFoundError, () => chat(openai, 'no-such-model'));
    assert.equal(error.code, 'model_not_found');
    assert.match(error.message, /no-such-model/);
  },

  'errors: a body without a model is a BadRequestError': async ({ openai }) => {
    const error = await fails(OpenAI.BadRequestError, () => chat(openai, undefined));
    assert.equal(error.type, 'invalid_request_error');
  },

  'errors: what is not JSON is a 400 in the API\'s shape': async ({ url, key }) => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST', body: '{"model": "sim-chat", ', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error.type, 'invalid_request_error');
  },

  'errors: the provider\'s 400 arrives with its own words and code': async ({ openai }) => {
    const error = await fails(OpenAI.BadRequestError, () => chat(openai, 'sim-bad'));
    assert.equal(error.code, 'unsupported_value');
    assert.match(error.message, /temperature is out of range/);
  },

  'errors: the provider\'s 429 is a RateLimitError that says when': async ({ openai }) => {
    const error = await fails(OpenAI.RateLimitError, () => chat(openai, 'sim-rate'));
    assert.ok(Number(error.headers.get('retry-after')) > 0, `retry-after: ${error.headers.get('retry-after')}`);
  },

  'errors: the provider\'s 500 is an InternalServerError': async ({ openai }) => {
    await fails(OpenAI.InternalServerError, () => chat(openai, 'sim-broken'));
    await fails(OpenAI.InternalServerError, () => chat(openai, 'sim-broken-too', { stream: true }));
  },

  'errors: our refused key at the provider is not the client\'s fault': async ({ openai }) => {
    const error = await fails(OpenAI.InternalServerError, () => chat(openai, 'sim-refused'));
    assert.doesNotMatch(error.message, /sk-sim/);
  },

  'errors: an error in the middle of a stream is thrown': async ({ openai }) => {
    const error = await fails(OpenAI.APIError, async () => all(await chat(openai, 'sim-error-midway', { stream: true })));
    assert.match(error.message, /Simulated|upstream|provider/i);
  },

  'errors: a provider that dies in the middle of a stream is no end of it': async ({ openai }) => {
    await fails(OpenAI.APIError, async () => all(await chat(openai, 'sim-dies-midway', { stream: true })));
  },

  'errors: a stream that ends without its end mark is no end of it': async ({ openai }) => {
    await fails(OpenAI.APIError, async () => all(await chat(openai, 'sim-ends-early', { stream: true })));
  },
};
