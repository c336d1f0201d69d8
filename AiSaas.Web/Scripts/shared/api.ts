/** Problem details, as the api refuses. */
export interface Problem {
  status?: number;
  code?: string;
  title?: string;
  detail?: string;
}

export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title ?? "The service refused this without saying why.");
  }
}

/** JSON of the api, or a {@link Refusal} in words. Waits at most 15 s. */
export async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: "application/json", ...init.headers }, signal: init.signal ?? AbortSignal.timeout(15_000) });
  } catch (fault) {
    if (init.signal?.aborted) {
      throw fault;
    }

    throw new Refusal({ code: "web:offline", detail: navigator.onLine ? "The service does not answer at the moment. Try again in a few seconds." : "You are offline. Nothing was sent." });
  }

  if (response.status === 401) {
    location.assign(`/login?returnUrl=${encodeURIComponent(location.pathname + location.search)}`);
  }

  const text = await response.text();
  const body: unknown = text === "" ? null : parse(text);
  if (!response.ok) {
    throw new Refusal((body as Problem | null) ?? { status: response.status });
  }

  return body as T;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
