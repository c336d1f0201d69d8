// Verifies one delivery as its receivers do: with the specification's own library, and with the client of OpenAI, whose webhooks follow it.
// In: {secret, headers, body} on stdin. Out: {standard, openai}, each "ok" or why not.
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';

let text = '';
for await (const part of process.stdin) text += part;
const { secret, headers, body } = JSON.parse(text);

async function told(verify) {
  try {
    const event = await verify();
    return typeof event.type === 'string' ? 'ok' : `no type in ${JSON.stringify(event)}`;
  } catch (error) {
    return String(error);
  }
}

console.log(JSON.stringify({
  standard: await told(() => new Webhook(secret).verify(body, headers)),
  openai: await told(() => new OpenAI({ apiKey: 'none' }).webhooks.unwrap(body, headers, secret)),
}));
