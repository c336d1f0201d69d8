// tus-js-client, unmodified, as the front end ships it: sends a file in pieces, gives up in the middle, and goes on from there.
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const { Upload } = createRequire(process.env.AISAAS_CLIENT)("tus-js-client");
const file = Buffer.from(Array.from({ length: 120_000 }, (_, i) => `Lamp ${String(i).padStart(8, "0")} burns until six.\n`).join(""));

const options = (more) => ({
  endpoint: `${process.env.AISAAS_URL}/api/uploads`,
  headers: { authorization: `Bearer ${process.env.AISAAS_KEY}` },
  metadata: { filename: "lamps.txt", relativePath: "coast/lamps.txt", collectionId: process.env.AISAAS_COLLECTION },
  retryDelays: [0, 200, 1000, 3000],
  ...more,
});

const begun = await new Promise((resolve, reject) => {
  const upload = new Upload(file, options({
    chunkSize: 700_000,
    onError: reject,
    onChunkComplete: (_, sent) => sent > 1_500_000 && upload.abort().then(() => resolve(upload.url)),
  }));
  upload.start();
});

const done = await new Promise((resolve, reject) => {
  let first;
  const upload = new Upload(file, options({
    uploadUrl: begun,
    onProgress: (sent) => (first ??= sent),
    onError: reject,
    onSuccess: () => resolve({ url: upload.url, first }),
  }));
  upload.start();
});

const told = await fetch(done.url, { headers: { authorization: `Bearer ${process.env.AISAAS_KEY}` } });
const dropped = await new Promise((resolve, reject) => {
  const upload = new Upload(Readable.from(file), options({
    uploadSize: file.length,
    chunkSize: 500_000,
    onError: reject,
    onChunkComplete: () => upload.abort(true).then(() => fetch(upload.url, { headers: { authorization: `Bearer ${process.env.AISAAS_KEY}` } })).then(resolve),
  }));
  upload.start();
});

console.log(JSON.stringify({ bytes: file.length, first: done.first, dropped: dropped.status, ...(await told.json()) }));
