// The peer of ./bench queue: BullMQ as its documentation uses it, told by lines of JSON what to do, answering each with one.
const { createRequire } = require('node:module');
const { createInterface } = require('node:readline');
const { Queue, Worker } = createRequire(process.argv[2] + '/')('bullmq');
const connection = { host: '127.0.0.1', port: Number(process.argv[3]), maxRetriesPerRequest: null };
// Its faster way: what is done needs no trimming.
const defaultJobOptions = { removeOnComplete: true, removeOnFail: true };
const queue = new Queue('bench', { connection, defaultJobOptions });
queue.on('error', () => {});
const seconds = since => (performance.now() - since) / 1000;
const data = { n: 1 };

async function fill(jobs) {
  for (let left = jobs; left > 0; left -= 1000) {
    await queue.addBulk(Array.from({ length: Math.min(1000, left) }, () => ({ name: 'job', data })));
  }
}

async function lanes(jobs, concurrency) {
  let left = jobs;
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (left-- > 0) await queue.add('job', data);
  }));
}

function work(concurrency, run) {
  const worker = new Worker('bench', run, { connection, concurrency, autorun: false });
  worker.on('error', () => {});
  return worker;
}

const cases = {
  async bulk({ jobs }) {
    const since = performance.now();
    await fill(jobs);
    return { seconds: seconds(since) };
  },
  async add({ jobs, concurrency }) {
    const since = performance.now();
    await lanes(jobs, concurrency);
    return { seconds: seconds(since) };
  },
  async drain({ jobs, concurrency }) {
    await fill(jobs);
    const worker = work(concurrency, async () => {});
    await worker.waitUntilReady();
    let left = jobs;
    const since = performance.now();
    await new Promise(done => { worker.on('completed', () => { if (--left === 0) done(); }); worker.run(); });
    const took = seconds(since);
    await worker.close();
    return { seconds: took };
  },
  async pickup({ jobs }) {
    let started;
    const worker = work(100, async () => { started(performance.now()); });
    await worker.waitUntilReady();
    worker.run();
    const waits = [];
    for (let i = 0; i < jobs + 20; i++) {
      const at = new Promise(done => { started = done; });
      const since = performance.now();
      await queue.add('job', data);
      const wait = (await at) - since;
      if (i >= 20) waits.push(wait);
      await new Promise(done => setTimeout(done, 2));
    }
    await worker.close();
    return { milliseconds: waits };
  },
};

createInterface({ input: process.stdin }).on('line', async line => {
  const ask = JSON.parse(line);
  try {
    const answer = await cases[ask.case](ask);
    await queue.obliterate({ force: true });
    console.log(JSON.stringify(answer));
  } catch (failure) {
    console.log(JSON.stringify({ failure: String(failure && failure.stack || failure) }));
  }
}).on('close', () => process.exit(0));
console.log(JSON.stringify({ version: createRequire(process.argv[2] + '/')('bullmq/package.json').version }));
