import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { page, shown, textOf } from '../chat.mjs';

const words = count => Array.from({ length: count }, (_, index) => `word${index} `).join('');
const ask = async (chat, text = 'When are refunds paid?') => chat.sendMessage({ text });
const stored = async ({ url, key }, id) => {
  const response = await fetch(`${url}/api/conversations/${id}`, { headers: { authorization: `Bearer ${key}` } });
  return (await response.json()).messages;
};
const conversations = async ({ url, key }) =>
  (await (await fetch(`${url}/api/conversations`, { headers: { authorization: `Bearer ${key}` } })).json()).items;
const post = ({ url, key }, body) => fetch(`${url}/api/chat`, {
  method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify(body),
});
const said = text => ({ id: randomUUID(), role: 'user', parts: [{ type: 'text', text }] });

export const cases = {
  'useChat: an answer streams into the message and its parts': async context => {
    const seen = [];
    const chat = page(context, { id: randomUUID(), onData: part => seen.push(part.type) });
    const asking = ask(chat);
    await context.until(() => shown(chat).startsWith('word0 '), 'the first word shows');
    assert.equal(chat.status, 'streaming');
    assert.notEqual(shown(chat), words(30));
    await asking;
    assert.equal(chat.status, 'ready', `${chat.error}`);
    assert.equal(shown(chat), words(30));
    assert.equal(chat.messages.length, 2);
    assert.equal(chat.lastMessage.metadata.provider, 'sim-slow-short');
    assert.ok(seen.includes('data-stage') && seen.includes('data-title'), `${seen}`);
  },

  'useChat: a conversation goes on, and the model sees what was said': async context => {
    const chat = page(context, { id: `tab/${randomUUID()} ü`, model: 'sim-chat' });
    await ask(chat, 'First question?');
    await ask(chat, 'Second question?');
    assert.equal(chat.error, undefined);
    const told = JSON.stringify((await context.lastCall('sim-chat')).body.messages);
    assert.ok(told.includes('First question?') && told.includes('Second question?'), told);
    assert.equal(chat.messages.length, 4);
  },

  'useChat: a reload resumes the answer that is being written': async context => {
    const id = randomUUID();
    const chat = page(context, { id });
    const asking = ask(chat);
    await context.until(() => shown(chat).length > 20, 'some words show');
    const messages = structuredClone(chat.messages);
    await chat.stop();
    await asking;
    const reloaded = page(context, { id, messages: messages.slice(0, 1) });
    await reloaded.resumeStream();
    assert.equal(reloaded.error, undefined);
    assert.equal(shown(reloaded), words(30));
    assert.deepEqual(reloaded.messages.map(one => one.role), ['user', 'assistant']);
    assert.equal(reloaded.lastMessage.id, messages[1].id);
  },

  'useChat: a tab that has half of the answer ends with all of it, once': async context => {
    const id = randomUUID();
    const chat = page(context, { id });
    const asking = ask(chat);
    await context.until(() => shown(chat).length > 20, 'some words show');
    const reloaded = page(context, { id, messages: structuredClone(chat.messages) });
    await reloaded.resumeStream();
    await asking;
    assert.equal(shown(reloaded), words(30));
    assert.equal(shown(chat), words(30));
    assert.equal(reloaded.messages.length, 2);
  },

  'useChat: resuming where nothing is under way changes nothing': async context => {
    const chat = page(context, { id: `never-used-${randomUUID()}` });
    await chat.resumeStream();
    assert.deepEqual([chat.status, chat.messages.length, chat.error], ['ready', 0, undefined]);
    await ask(chat);
    const { status } = await fetch(`${context.url}/api/chat/${chat.id}/stream`, { headers: { authorization: `Bearer ${context.key}` } });
    assert.equal(status, 204);
  },

  'useChat: two tabs watch one answer': async context => {
    const id = randomUUID();
    const first = page(context, { id });
    const asking = ask(first);
    await context.until(() => shown(first).length > 0, 'the first word shows');
    const others = Array.from({ length: 3 }, () => page(context, { id, messages: first.messages.slice(0, 1) }));
    await Promise.all([asking, ...others.map(other => other.resumeStream())]);
    for (const tab of [first, ...others]) {
      assert.equal(shown(tab), words(30));
    }
  },

  'useChat: regenerating gives another answer to the same question': async context => {
    const chat = page(context, { id: randomUUID(), model: 'sim-chat' });
    await ask(chat, 'Only question?');
    const before = chat.lastMessage.id;
    await chat.regenerate();
    assert.equal(chat.error, undefined);
    assert.equal(chat.messages.length, 2);
    assert.notEqual(chat.lastMessage.id, before);
    const told = (await context.lastCall('sim-chat')).body.messages.filter(message => message.role === 'user');
    assert.equal(told.length, 1, 'the question is asked once, not again after its own answer');
    const newest = (await conversations(context)).find(one => one.title === 'Only question?');
    const messages = await stored(context, newest.id);
    assert.deepEqual(messages.map(one => one.role), ['user', 'assistant', 'assistant']);
    assert.equal(messages[1].parentId, messages[2].parentId);
  },

  'useChat: an edited message starts over from where it stands': async context => {
    const chat = page(context, { id: randomUUID(), model: 'sim-chat' });
    await ask(chat, 'Alpha?');
    await ask(chat, 'Beta?');
    await ask(chat, 'Gamma?');
    await chat.sendMessage({ text: 'Delta?', messageId: chat.messages[2].id });
    assert.equal(chat.messages.length, 4);
    const told = JSON.stringify((await context.lastCall('sim-chat')).body.messages);
    assert.ok(told.includes('Alpha?') && told.includes('Delta?') && !told.includes('Beta?') && !told.includes('Gamma?'), told);
    await ask(chat, 'Epsilon?');
    const after = JSON.stringify((await context.lastCall('sim-chat')).body.messages);
    assert.ok(after.includes('Delta?') && !after.includes('Beta?') && !after.includes('Gamma?'), after);
    await chat.sendMessage({ text: 'Omega?', messageId: chat.messages[0].id });
    const anew = JSON.stringify((await context.lastCall('sim-chat')).body.messages);
    assert.ok(anew.includes('Omega?') && !anew.includes('Alpha?') && !anew.includes('Delta?'), anew);
  },

  'useChat: a chat that only the client knows is continued': async context => {
    const messages = [said('What is saffron?'), { id: 'a1', role: 'assistant', parts: [{ type: 'step-start' }, { type: 'text', text: 'A spice of crocuses.' }] }];
    const chat = page(context, { id: randomUUID(), model: 'sim-chat', messages });
    await ask(chat, 'And what does it cost?');
    const told = JSON.stringify((await context.lastCall('sim-chat')).body.messages);
    assert.ok(told.includes('What is saffron?') && told.includes('A spice of crocuses.') && told.includes('what does it cost'), told);
  },

  'useChat: stop() closes the tab, the stop route ends the answer': async context => {
    const id = randomUUID();
    const chat = page(context, { id, model: 'sim-slow' });
    const asking = ask(chat, 'A long story');
    await context.until(() => shown(chat).length > 10, 'some words show');
    await chat.stop();
    await asking;
    assert.equal(chat.status, 'ready');
    const half = shown(chat).length;
    const resumed = page(context, { id, messages: structuredClone(chat.messages) });
    const resuming = resumed.resumeStream();
    await context.until(() => shown(resumed).length > half, 'it goes on without the tab');
    const stop = await fetch(`${context.url}/api/chat/${id}/stop`, { method: 'POST', headers: { authorization: `Bearer ${context.key}` } });
    assert.equal(stop.status, 202);
    await resuming;
    assert.equal(resumed.status, 'ready', `${resumed.error}`);
    assert.ok(shown(resumed).length < words(600).length);
    const newest = (await conversations(context)).find(one => one.title === 'A long story');
    const answer = (await stored(context, newest.id)).at(-1);
    assert.equal(answer.status, 'stopped');
    assert.equal(textOf(answer), shown(resumed));
  },

  'useChat: a failed answer is an error in words': async context => {
    const chat = page(context, { id: randomUUID(), model: 'sim-broken' });
    await ask(chat);
    assert.equal(chat.status, 'error');
    assert.match(chat.error.message, /failed on its side/);
  },

  'useChat: an answer that breaks off starts again without a trace': async context => {
    const chat = page(context, { id: randomUUID(), model: 'sim-breaks-off-once' });
    const asking = ask(chat);
    await context.until(() => shown(chat).length > 0, 'the first words show');
    await asking;
    assert.equal(chat.error, undefined);
    assert.equal(shown(chat), words(30));
  },

  'useChat: refusals are problem details with a code': async context => {
    const chat = page(context, { id: randomUUID() });
    await chat.sendMessage({ parts: [{ type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AA==' }, { type: 'text', text: 'What is it?' }] });
    assert.equal(chat.status, 'error');
    assert.equal(JSON.parse(chat.error.responseBody).code, 'chat:files-unsupported');
    const id = randomUUID();
    for (const [body, status, code] of [
      [{ id: '', messages: [said('x')] }, 400, 'chat:bad-id'],
      [{ id: 'x'.repeat(201), messages: [said('x')] }, 400, 'chat:bad-id'],
      [{ id, messages: [] }, 400, 'chat:no-question'],
      [{ id, messages: [{ id: 'a', role: 'assistant', parts: [] }] }, 400, 'chat:no-question'],
      [{ id, messages: [{ ...said('x'), id: 'x'.repeat(201) }] }, 400, 'chat:bad-message'],
      [{ id, messages: [said('  ')] }, 400, 'messages:empty'],
      [{ id, messages: [said('x')], model: 'nobody' }, 400, 'models:unknown'],
      [{ id, messages: [said('x')], trigger: 'shout' }, 400, 'chat:bad-trigger'],
      [{ id, messages: 'x' }, 400, undefined],
      [{ id, messages: [null] }, 400, 'chat:no-question'],
      [{ id, messages: [null, said('x')] }, 400, 'chat:bad-message'],
      [{ id, messages: [{ id: 'a', role: 'user', parts: [null] }] }, 400, 'chat:bad-message'],
    ]) {
      const refused = await post(context, body);
      const problem = await refused.json();
      assert.equal(refused.status, status, JSON.stringify(problem));
      assert.ok(code === undefined || problem.code === code, JSON.stringify(problem));
    }
    const stranger = await fetch(`${context.url}/api/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    assert.equal(stranger.status, 401);
    const nowhere = await fetch(`${context.url}/api/chat/nowhere/stop`, { method: 'POST', headers: { authorization: `Bearer ${context.key}` } });
    assert.equal(nowhere.status, 404);
  },

  'useChat: the sign-in cookie is as good as a key': async context => {
    const registered = await fetch(`${context.url}/api/auth/register`, {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'a sentence nobody guesses', workspace: 'Cookie' }),
    });
    const cookie = registered.headers.getSetCookie().map(one => one.split(';')[0]).join('; ');
    const chat = page(context, { id: randomUUID(), headers: { cookie } });
    await ask(chat);
    assert.equal(chat.error, undefined);
    assert.equal(shown(chat), words(30));
  },
};
