// Official clients against our /v1, whose provider is the tests' simulator. A line of JSON per case: {name, error?}.
//   AISAAS_URL, AISAAS_KEY   our api
//   SIMULATOR_URL            tells what the provider was asked
//   node conformance.mjs [PART OF A NAME]
import { createContext } from './context.mjs';
import * as anthropic from './cases/anthropic.mjs';
import * as batches from './cases/batches.mjs';
import * as chat from './cases/chat.mjs';
import * as crossing from './cases/crossing.mjs';
import * as embeddings from './cases/embeddings.mjs';
import * as errors from './cases/errors.mjs';
import * as responses from './cases/responses.mjs';
import * as sdk from './cases/ai-sdk.mjs';
import * as useChat from './cases/use-chat.mjs';

const context = createContext(process.env);
const cases = Object.assign({}, ...[chat, embeddings, errors, responses, batches, anthropic, crossing, sdk, useChat].map(module => module.cases));
const wanted = process.argv[2] ?? '';
const limitMs = 20_000;

for (const [name, run] of Object.entries(cases).filter(([name]) => name.includes(wanted))) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${limitMs} ms`)), limitMs);
    process.on('unhandledRejection', reject);
  });
  try {
    await Promise.race([run(context), late]);
    console.log(JSON.stringify({ name }));
  } catch (error) {
    console.log(JSON.stringify({ name, error: `${error?.stack ?? error}`.slice(0, 1500) }));
  } finally {
    clearTimeout(timer);
    process.removeAllListeners('unhandledRejection');
  }
}
process.exit(0);
