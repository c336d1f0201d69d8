// Makes the demo account over HTTP, or checks that the one in the file still works: node demo.mjs FILE WEB_URL API_URL
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const [file, webUrl, apiUrl] = process.argv.slice(2);
const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
const email = 'demo@example.com';

async function call(method, path, { body, cookie, key } = {}) {
  const headers = { accept: 'application/json', origin: apiUrl };
  if (body) headers['content-type'] = 'application/json';
  if (cookie) headers.cookie = cookie;
  if (key) headers.authorization = `Bearer ${key}`;
  const response = await fetch(apiUrl + path, {
    method, headers, body: body && JSON.stringify(body), redirect: 'manual', signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  let json;
  try { json = JSON.parse(text); } catch { json = undefined; }
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  return { ok: response.ok, status: response.status, json, text, cookies };
}

function must(what, answer) {
  if (!answer.ok) throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 500)}`);
  return answer;
}

// Letters and digits that can't be taken for one another, in groups, with every class that a policy may ask for.
function password() {
  const pick = (letters, count) => Array.from({ length: count }, () => letters[randomInt(letters.length)]).join('');
  const small = 'abcdefghijkmnpqrstuvwxyz';
  return `${pick('ABCDEFGHJKLMNPQRSTUVWXYZ', 1)}${pick(small, 4)}-${pick(small, 5)}-${pick('23456789', 4)}`;
}

async function makeKey(cookie) {
  const answer = must('making a key', await call('POST', '/api/keys', { body: { name: 'Demo', scopes: ['*'] }, cookie }));
  return answer.json.key;
}

async function account() {
  if (kept) {
    if ((await call('GET', '/api/me', { key: kept.apiKey })).ok) return kept;
    const signedIn = await call('POST', '/api/auth/login', { body: { email, password: kept.password } });
    if (signedIn.ok) return { ...kept, apiKey: await makeKey(signedIn.cookies) };
  }

  const fresh = { email, password: kept?.password ?? password() };
  const registered = must('registering', await call('POST', '/api/auth/register', { body: { ...fresh, workspace: 'Demo' } }));
  const apiKey = await makeKey(registered.cookies);
  const sample = await call('POST', '/api/samples', { key: apiKey });
  if (!sample.ok && sample.status !== 404) throw new Error(`adding the sample document: ${sample.status} ${sample.text}`);
  return { ...fresh, apiKey };
}

const { password: secret, apiKey } = await account();
writeFileSync(`${file}.new`, `${JSON.stringify({ email, password: secret, apiKey, webUrl, apiUrl }, null, 2)}\n`, { mode: 0o600 });
renameSync(`${file}.new`, file);
