import { Refusal, type Problem } from "../shared/api";

interface UploadedDocument {
  id: string;
  name: string;
  jobId?: string;
  status: string;
  error?: { code: string; detail: string } | null;
}

/** Sends one file with honest progress (fetch tells nothing of how much has been sent). */
export function send(
  collection: string,
  file: File,
  progress: (sent: number, total: number, secondsLeft: number | undefined) => void,
  signal: AbortSignal,
): Promise<UploadedDocument> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("files", file, file.name);
    const started = performance.now();

    request.upload.addEventListener("progress", (event) => {
      const seconds = (performance.now() - started) / 1000;
      const left = seconds > 1 && event.loaded > 0 ? (seconds / event.loaded) * (event.total - event.loaded) : undefined;
      progress(event.loaded, event.total, left);
    });
    request.addEventListener("load", () => {
      const answer = parse(request.responseText);
      const first = (answer as { documents?: UploadedDocument[] } | null)?.documents?.[0];
      if (request.status >= 200 && request.status < 300 && first) {
        resolve(first);
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
