// One answer watched by two pages of the AI SDK while its writer dies. Says "streaming" when words show, then what each page shows at the end.
//   AISAAS_URL, AISAAS_KEY   our api
import { setTimeout as sleep } from 'node:timers/promises';
import { page, shown } from './chat.mjs';

const context = { url: process.env.AISAAS_URL, key: process.env.AISAAS_KEY };
const chat = page(context, { id: 'takeover', model: 'slow' });
const asking = chat.sendMessage({ text: 'Tell it all.' });
while (shown(chat).length < 40) {
  await sleep(5);
}
const other = page(context, { id: 'takeover', messages: chat.messages.slice(0, 1) });
const resuming = other.resumeStream();
while (shown(other).length < 40) {
  await sleep(5);
}
console.log('streaming');
await Promise.all([asking, resuming]);
console.log(JSON.stringify([chat, other].map(one => ({ text: shown(one), error: one.error?.message ?? null, messages: one.messages.length }))));
process.exit(0);
