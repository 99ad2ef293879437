// Calls to the server: JSON, bytes and events. They wait for a server that is busy.

import { t } from "./i18n.js";
import { forThisTab } from "./storage.js";
import { pause } from "./timing.js";

const BAD_GATEWAY = 502; // a proxy is there, and the server behind it is not
const MOST_WAITS = 20;
const DEFAULT_WAIT = 2; // seconds, where a busy server does not say how long

/**
 * A refusal of the server: its kind, its one line, and its status.
 *
 * The status is 0 where no server has answered. `retryAfter` is in seconds, or null.
 */
export class ApiError extends Error {
  constructor(status, kind, message, retryAfter = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

let token = forThisTab.get("token", "");

const callbacks = { reached: () => {}, lost: () => {}, askToken: async (_isWrong) => "" };

/**
 * Have these called when the server is reached or lost, and when it asks for its token.
 */
export function watch({ reached, lost, askToken }) {
  Object.assign(callbacks, { reached, lost, askToken });
}

function lost() {
  callbacks.lost();
  return new ApiError(0, "offline", t("offline"));
}

async function refusal(response) {
  let kind = "error";
  let message = `${response.status} ${response.statusText}`.trim();
  try {
    const { error } = await response.json();
    if (error?.message) ({ kind, message } = error);
  } catch {
    // A proxy's page instead of the server's line: its status has to do.
  }
  const after = Number(response.headers.get("Retry-After"));
  return new ApiError(
    response.status,
    kind,
    message,
    Number.isFinite(after) && after > 0 ? after : null,
  );
}

/**
 * Call a route and return its response. A `body` that is a file or other blob is sent as
 * it is, any other as JSON.
 *
 * After 429 it waits as long as the server says and tries again; `onWait(seconds)`
 * hears of each second that is left, and 0 at the end. After 401 it asks for the token.
 * It throws an `ApiError` for any other refusal, and an abort by `signal` as it is.
 */
export async function call(path, { body, accept = "application/json", signal, onWait } = {}) {
  for (let waits = 0; ;) {
    const headers = { Accept: accept };
    const isFile = body instanceof Blob;
    if (body !== undefined) {
      headers["Content-Type"] = isFile ? "application/octet-stream" : "application/json";
    }
    if (token) headers.Authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(path, {
        method: body === undefined ? "GET" : "POST",
        headers,
        body: body === undefined || isFile ? body : JSON.stringify(body),
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw lost();
    }
    const error = response.ok ? null : await refusal(response);
    if (error?.status === BAD_GATEWAY && error.kind === "error") throw lost();
    callbacks.reached();
    if (error === null) return response;
    if (response.status === 401) {
      token = await callbacks.askToken("Authorization" in headers);
      if (!token) throw error;
      forThisTab.set("token", token);
      continue;
    }
    if (response.status !== 429 || waits++ >= MOST_WAITS) throw error;
    for (let left = Math.ceil(error.retryAfter ?? DEFAULT_WAIT); left > 0; left--) {
      onWait?.(left);
      await pause(1000, signal);
    }
    onWait?.(0);
  }
}

/** Call a route and return its JSON. */
export async function json(path, body, options = {}) {
  const response = await call(path, { ...options, body });
  return response.json();
}

/**
 * Yield the server-sent events of a POST as they come: {event, data}.
 *
 * It throws an `ApiError` for an event "error", and for a stream that is cut off.
 */
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
    // The server stops composing for whoever leaves the loop early.
    reader.cancel().catch(() => {});
  }
}
