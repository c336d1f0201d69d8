import { Refusal, type Problem } from "../shared/api";
import { pathOf } from "./paths";
import { sendLarge } from "./send-large";

export interface UploadedDocument {
  id: string;
  name: string;
  jobId?: string;
  status: string;
  error?: { code: string; detail: string } | null;
  duplicateOf?: string | null;
  replaces?: string | null;
}

export type Progress = (sent: number, total: number, secondsLeft: number | undefined) => void;

/** From here on a file goes in a way that survives a broken connection. */
export const largeFrom = 8_000_000;

/** Sends one file with honest progress (fetch tells nothing of how much has been sent). */
export async function send(collection: string, file: File, progress: Progress, signal: AbortSignal): Promise<UploadedDocument> {
  return file.size >= largeFrom ? sendLarge(collection, file, progress, signal) : (await sendSome(collection, [file], progress, signal))[0]!;
}

/** Sends small files in one request; the answer has a document for each, in order. */
export function sendSome(collection: string, files: File[], progress: Progress, signal: AbortSignal): Promise<UploadedDocument[]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    files.forEach((file) => body.append("files", file, pathOf(file)));
    const started = performance.now();

    request.upload.addEventListener("progress", (event) => {
      const seconds = (performance.now() - started) / 1000;
      const left = seconds > 1 && event.loaded > 0 ? (seconds / event.loaded) * (event.total - event.loaded) : undefined;
      progress(event.loaded, event.total, left);
    });
    request.addEventListener("load", () => {
      const answer = parse(request.responseText);
      const documents = (answer as { documents?: UploadedDocument[] } | null)?.documents;
      if (request.status >= 200 && request.status < 300 && documents?.length === files.length) {
        resolve(documents);
      } else {
        reject(new Refusal((answer as Problem | null) ?? { status: request.status }));
      }
    });
    request.addEventListener("error", () =>
      reject(new Refusal({ code: "web:offline", detail: "The connection broke while this file was being sent." })));
    request.addEventListener("abort", () => reject(new DOMException("canceled", "AbortError")));
    signal.addEventListener("abort", () => request.abort());

    request.open("POST", `/api/collections/${collection}/documents`);
    request.setRequestHeader("accept", "application/json");
    request.send(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
