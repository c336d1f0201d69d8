import { Upload } from "tus-js-client";
import { call, Refusal, type Problem } from "../shared/api";
import { pathOf } from "./paths";
import type { Progress, UploadedDocument } from "./send";

/**
 * A large file over the tus protocol: a broken connection goes on where it broke off, by itself; after a reload, when the same
 * file is added again.
 */
export function sendLarge(collection: string, file: File, progress: Progress, signal: AbortSignal): Promise<UploadedDocument> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let first: number | undefined;
    const upload = new Upload(file, {
      endpoint: "/api/uploads",
      retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000],
      metadata: { filename: file.name, relativePath: pathOf(file), collectionId: collection },
      fingerprint: () => Promise.resolve(`aisaas-${collection}-${pathOf(file)}-${file.size}-${file.lastModified}`),
      removeFingerprintOnSuccess: true,
      onProgress: (sent, total) => {
        first ??= sent;
        const seconds = (performance.now() - started) / 1000;
        const left = seconds > 1 && sent > first ? (seconds / (sent - first)) * (total - sent) : undefined;
        progress(sent, total, left);
      },
      onError: (fault) => reject(refusalOf(fault)),
      onSuccess: () => {
        call<{ document?: UploadedDocument }>(new URL(upload.url!, location.href).pathname)
          .then((told) => (told.document ? resolve(told.document) : reject(new Refusal({ detail: "All of it was sent, but no document was made. Try again." }))))
          .catch(reject);
      },
    });
    signal.addEventListener("abort", () => {
      void upload.abort(true).catch(() => undefined);
      reject(new DOMException("canceled", "AbortError"));
    });
    upload
      .findPreviousUploads()
      .then((before) => {
        if (before[0]) {
          upload.resumeFromPreviousUpload(before[0]);
        }
      })
      .catch(() => undefined)
      .finally(() => {
        if (!signal.aborted) {
          upload.start();
        }
      });
  });
}

function refusalOf(fault: Error): Refusal {
  const response = "originalResponse" in fault ? (fault.originalResponse as { getStatus(): number; getBody(): string } | null) : null;
  if (!response) {
    return new Refusal({ code: "web:offline", detail: "The connection broke while this file was being sent. What was sent is kept: try again, and it goes on from there." });
  }

  try {
    return new Refusal({ status: response.getStatus(), ...(JSON.parse(response.getBody()) as Problem) });
  } catch {
    return new Refusal({ status: response.getStatus() });
  }
}
