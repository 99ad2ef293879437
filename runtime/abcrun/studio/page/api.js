// The server, as the page calls it: JSON, bytes and events; errors as one line; waiting when the server is busy.

import { t } from "./i18n.js";

/** What the server refused: `kind` and one line, with the status; 0 where the server did not speak. */
export class ApiError extends Error {
  constructor(status, kind, message, retryAfter = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

const MOST_WAITS = 20;

let token = "";
try {
  token = sessionStorage.getItem("abcrun.token") ?? "";
} catch {
  // Storage may be switched off: the token is asked for again after a reload.
}

const watchers = { reached: () => {}, lost: () => {}, askToken: async () => "" };

/** Who is told that the server was reached or lost, and who asks the musician for a token. */
export function watch(callbacks) {
  Object.assign(watchers, callbacks);
}

const pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });

async function refusal(response) {
  let kind = "error";
  let message = `${response.status} ${response.statusText}`.trim();
  try {
    const { error } = await response.json();
    if (error?.message) ({ kind, message } = error);
  } catch {
    // A proxy's page instead of the server's line: the status says what there is to say.
  }
  const after = Number(response.headers.get("Retry-After"));
  return new ApiError(response.status, kind, message, Number.isFinite(after) && after > 0 ? after : null);
}

/**
 * Call a route. 429 waits as long as the server says and goes on (`onWait(seconds)`, each second, 0 when it goes on);
 * 401 asks for the token. `ApiError` for what is refused; an abort by `signal` is thrown as it is.
 */
export async function call(path, { body, accept = "application/json", signal, onWait } = {}) {
  for (let waits = 0; ; ) {
    const headers = { Accept: accept };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(path, {
        method: body === undefined ? "GET" : "POST",
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      watchers.lost();
      throw new ApiError(0, "offline", t("offline"));
    }
    watchers.reached();
    if (response.ok) return response;
    const error = await refusal(response);
    if (response.status === 401) {
      token = await watchers.askToken();
      if (!token) throw error;
      try {
        sessionStorage.setItem("abcrun.token", token);
      } catch {
        // As above.
      }
      continue;
    }
    if (response.status !== 429 || waits++ >= MOST_WAITS) throw error;
    for (let left = Math.ceil(error.retryAfter ?? 2); left > 0; left--) {
      onWait?.(left);
      await pause(1000, signal);
    }
    onWait?.(0);
  }
}

/** A route's JSON. */
export async function json(path, body, options = {}) {
  const response = await call(path, { ...options, body });
  return response.json();
}

/** Server-Sent Events of a POST as they come: {event, data}. `ApiError` for an event "error", or a stream cut off. */
export async function* events(path, body, options = {}) {
  const response = await call(path, { ...options, body, accept: "text/event-stream" });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      let part;
      try {
        part = await reader.read();
      } catch (error) {
        if (options.signal?.aborted) throw error;
        throw new ApiError(0, "cut", t("cut-off"));
      }
      if (part.done) throw new ApiError(response.status, "cut", t("cut-off"));
      rest += part.value.replaceAll("\r\n", "\n");
      let end;
      while ((end = rest.indexOf("\n\n")) >= 0) {
        const block = rest.slice(0, end);
        rest = rest.slice(end + 2);
        let event = "message";
        const data = [];
        for (const line of block.split("\n")) {
          if (line.startsWith("event:")) event = line.slice(6).trim();
          else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
        }
        if (!data.length) continue; // a comment that keeps the connection open
        const content = JSON.parse(data.join("\n"));
        if (event === "error") throw new ApiError(200, content.kind, content.message);
        yield { event, data: content };
        if (event === "end") return;
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // whoever leaves the loop is done with the stream, whatever its state
  }
}

/** One thing at a time, and of what was asked meanwhile only the last: `work(asked)`; errors go to `failed`. */
export class Latest {
  #work;
  #failed;
  #busy = false;
  #next = null;

  constructor(work, failed) {
    this.#work = work;
    this.#failed = failed;
  }

  get busy() {
    return this.#busy;
  }

  /** Drop what waits; what runs goes on. */
  drop() {
    this.#next = null;
  }

  ask(asked) {
    this.#next = { asked };
    if (!this.#busy) this.#run();
  }

  async #run() {
    this.#busy = true;
    while (this.#next) {
      const { asked } = this.#next;
      this.#next = null;
      try {
        await this.#work(asked);
      } catch (error) {
        this.#failed(error, asked);
      }
    }
    this.#busy = false;
  }
}
