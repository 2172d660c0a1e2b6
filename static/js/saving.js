// What happens when a save fails: said plainly on the card, the choice kept, and Retry sends the same form again.
import { gettext } from "./words.js";

const REASONS = {
  network: gettext("The server could not be reached."),
  timeout: gettext("The server took too long to answer."),
  session: gettext("You have been signed out."),
};

/** Show the failure in the card's alert. `retry` is called by its button; without it the page is loaded again. */
export function showFailure(card, reason, retry) {
  const alert = card.querySelector("[data-save-error]");
  if (!alert) return;
  alert.querySelector("[data-save-reason]").textContent = REASONS[reason] ?? reason;
  const button = alert.querySelector("[data-save-retry]");
  button.textContent = retry ? gettext("Try again") : gettext("Sign in again");
  button.onclick = retry ?? (() => location.reload());
  alert.hidden = false;
}

export function hideFailure(card) {
  const alert = card.querySelector("[data-save-error]");
  if (alert) alert.hidden = true;
}

/** Report failures of every form inside `card()`; `saved(newCard)` is called after each successful swap. */
export function watchSaving(card, saved) {
  const isOurs = (event) => card()?.contains(event.detail.elt);
  const retryOf = (event) => () => {
    const { elt, requestConfig } = event.detail;
    const submitter = requestConfig?.triggeringEvent?.submitter;
    elt.requestSubmit?.(submitter?.isConnected ? submitter : undefined);
  };
  const fail = (reason) => (event) => isOurs(event) && showFailure(card(), reason, retryOf(event));

  document.addEventListener("htmx:beforeRequest", (event) => isOurs(event) && hideFailure(card()));
  document.addEventListener("htmx:sendError", fail("network"));
  document.addEventListener("htmx:timeout", fail("timeout"));
  document.addEventListener("htmx:responseError", (event) => {
    if (!isOurs(event)) return;
    const status = event.detail.xhr.status;
    if (status === 401 || status === 403) showFailure(card(), "session", null);
    else showFailure(card(), gettext("The server answered with error %(status)s.", { status }), retryOf(event));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A sign-in page that a redirect led to must not replace the card, and with it the answer.
    if (event.detail.target.id !== "card" || !event.detail.shouldSwap) return;
    if (event.detail.serverResponse.includes('id="card"')) return;
    event.detail.shouldSwap = false;
    showFailure(card(), "session", null);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    // Fired once per swapped node, white space included.
    if (event.target.id === "card") saved(event.detail.xhr.status, card());
  });
}

/** Say it to screen readers. */
export function announce(text) {
  const region = document.getElementById("announcer");
  region.textContent = "";
  // A region that is emptied and filled in one frame is not read again.
  requestAnimationFrame(() => (region.textContent = text));
}

/**
 * Say plainly what has not reached the server. `state` is {unsent, failure, final, unkept, title?}; `retry` is what the
 * button does, unless the person has to sign in first.
 */
export function showUnsent({ unsent, failure, final, unkept, title }, retry) {
  const alert = document.getElementById("unsent");
  alert.hidden = !failure;
  if (!failure) return;
  const items = unsent.map((entry) => entry.item);
  const named =
    items.length > 3
      ? gettext("Not saved: %(count)s answers.", { count: items.length })
      : gettext("Not saved: item %(items)s.", { items: items.join(", ") });
  alert.querySelector("[data-save-title]").textContent = title ?? named;
  alert.querySelector("[data-save-reason]").textContent = REASONS[failure] ?? failure;
  alert.querySelector("[data-save-kept]").textContent = kept(unsent, final, unkept);
  const button = alert.querySelector("[data-save-retry]");
  button.textContent = final ? gettext("Sign in again") : gettext("Try again");
  button.onclick = final ? () => location.reload() : retry;
}

function kept(unsent, final, unkept) {
  if (!unsent.length) return "";
  if (unkept) return gettext("Your answer is kept in this page only: do not close it.");
  return final ? gettext("Your answer is kept in this browser.") : gettext("Your answer is kept in this browser and sent again by itself.");
}
