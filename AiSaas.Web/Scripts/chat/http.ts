/** A refusal of the server, in its own words; status 0 when it could not be reached. */
export class Refused extends Error {
  constructor(message: string, readonly status: number, readonly code?: string) {
    super(message);
  }
}

const deadline = 20_000;
const away = "The service could not be reached. Check your connection and try again.";

async function send(method: string, path: string, accept: string, body?: unknown): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? { accept } : { accept, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      // A question that was just sent outlives a tab that is closed at once (browsers carry up to 64 KB that way).
      keepalive: method === "POST" && JSON.stringify(body ?? "").length < 60_000,
      signal: AbortSignal.timeout(deadline),
    });
  } catch {
    throw new Refused(away, 0);
  }
  if (response.ok) {
    return response;
  }
  if (response.status === 404 && accept === "text/html") {
    throw new Refused("This is not there any more. It may have been deleted.", 404);
  }
  const problem = await response.json().catch(() => undefined) as { detail?: string; title?: string; code?: string } | undefined;
  const words = response.status === 401 ? "You are signed out. Sign in again; your text is kept." : undefined;
  throw new Refused(words ?? problem?.detail ?? problem?.title ?? `The service refused this (status ${response.status}).`,
    response.status, problem?.code);
}

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, "application/json", body);
  return await response.json().catch(() => undefined) as T;
}

/** A piece of a page, drawn by our own server. */
export async function fragment(path: string): Promise<DocumentFragment> {
  const response = await send("GET", path, "text/html");
  if (response.redirected) {
    throw new Refused("You are signed out. Sign in again; your text is kept.", 401);
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const nodes = document.createDocumentFragment();
  nodes.append(...page.body.childNodes);
  // Drawn outside of a page, a piece doesn't know the icons' address of this build.
  for (const use of nodes.querySelectorAll("use")) {
    use.setAttribute("href", (use.getAttribute("href") ?? "").replace(/^[^#]*/, document.body.dataset["icons"] ?? ""));
  }
  // Adopted nodes become elements of this document, custom ones too.
  return document.importNode(nodes, true);
}
