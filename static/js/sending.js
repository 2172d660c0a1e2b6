// One request to the desk: posted fields out, pieces of HTML back, and every failure as a value rather than an exception.
import { gettext } from "./words.js";

const TIMEOUT_MS = 20_000;

/**
 * {status, data} of a reply that means something here (2xx, 409, 422), else {failure, final}: a reason, and whether
 * asking again is no use before the person has done something.
 */
export async function post(url, fields, { keepalive = false } = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { "X-CSRFToken": token, "X-Desk": "1" },
      // A redirect leads to the sign-in page, whose text must not pass for a reply.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      keepalive,
    });
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return { failure: "session", final: true };
    if (!response.ok && response.status !== 409 && response.status !== 422) return { failure: gettext("The server answered with error %(status)s.", { status: response.status }) };
    const text = await response.text();
    return { status: response.status, data: text ? JSON.parse(text) : {} };
  } catch (error) {
    if (error instanceof SyntaxError) return { failure: gettext("The server’s answer could not be read.") };
    return { failure: error.name === "TimeoutError" ? "timeout" : "network" };
  }
}

/** The fields of a form as pairs, its token left out: it is sent as a header, the page's current one. */
export const fieldsOf = (form, submitter) =>
  [...new FormData(form, submitter)].filter(([name]) => name !== "csrfmiddlewaretoken");
