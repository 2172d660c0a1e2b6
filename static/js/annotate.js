// The annotation page: keys, drafts, the lease's heartbeat, and where the focus goes when the next card arrives.
import { dropDraft, dropOldDrafts, loadDraft, saveDraft } from "./drafts.js";
import { digitOf, isCommand, pressesFocused } from "./keyboard.js";
import { chooseByKey, readAnswers, writeAnswers } from "./questions.js";
import { announce, watchSaving } from "./saving.js";

const RENEW_MS = 120_000;
const wide = matchMedia("(width >= 64rem)");
const desk = document.getElementById("desk");
const card = () => document.getElementById("card");
const form = () => document.getElementById("answer-form");

let draftKey = null;
let watched = { since: 0, spent: 0 };

function openCard() {
  watched = { since: performance.now(), spent: 0 };
  draftKey = form()?.dataset.draft ?? null;
  const draft = draftKey && loadDraft(draftKey);
  if (draft && writeAnswers(form(), draft)) announce("Your unsaved answer is back.");
}

function secondsSpent() {
  return (watched.spent + (document.hidden ? 0 : performance.now() - watched.since)) / 1000;
}

function onVisibility() {
  if (document.hidden) watched.spent += performance.now() - watched.since;
  else {
    watched.since = performance.now();
    renew();
  }
}

async function renew() {
  const url = form()?.dataset.renew;
  if (!url || document.hidden) return;
  const token = form().querySelector("[name=csrfmiddlewaretoken]").value;
  try {
    const response = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token, "HX-Request": "true" } });
    if (response.status === 409) card().querySelector("[data-lease-lost]").hidden = false;
  } catch {
    // The next heartbeat tries again; a lease that ran out is reported when the answer is sent.
  }
}

function toggleGuidelines() {
  const guidelines = document.getElementById("guidelines");
  if (!guidelines) return;
  if (!wide.matches) return guidelines.togglePopover();
  const closed = desk.dataset.guidelines !== "closed";
  desk.dataset.guidelines = closed ? "closed" : "open";
  document.querySelector("[data-guidelines-toggle]")?.setAttribute("aria-expanded", String(!closed));
  try {
    localStorage.setItem("guidelines", desk.dataset.guidelines);
  } catch {
    // Not remembered then.
  }
}

function restoreGuidelines() {
  try {
    if (localStorage.getItem("guidelines") === "closed") toggleGuidelines();
  } catch {
    // Open, as by default.
  }
}

const press = (selector) => {
  const button = document.querySelector(selector);
  if (button && !button.disabled) button.click();
};

const COMMANDS = {
  Enter: () => press("#submit-answer"),
  " ": () => document.getElementById("skip")?.showPopover(),
  Backspace: () => press("#undo"),
  g: toggleGuidelines,
  "?": () => document.getElementById("keys").showPopover(),
};

document.addEventListener("keydown", (event) => {
  const skip = document.getElementById("skip");
  if (skip?.matches(":popover-open")) {
    // A reason that is being typed may hold digits.
    if (event.target.matches("input[type=text]")) return;
    const digit = digitOf(event);
    if (digit && !event.repeat) skip.querySelectorAll("button[name=reason]")[digit - 1]?.click();
    return;
  }
  if (!isCommand(event) || event.repeat) return;
  if (digitOf(event)) {
    if (form() && chooseByKey(form(), event.key)) event.preventDefault();
    return;
  }
  const command = COMMANDS[event.key];
  if (!command) return;
  if ((event.key === "Enter" || event.key === " ") && pressesFocused(event)) return;
  event.preventDefault();
  command();
});

document.addEventListener("change", (event) => {
  if (draftKey && form()?.contains(event.target)) saveDraft(draftKey, readAnswers(form()));
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-guidelines-toggle]")) toggleGuidelines();
});

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt === form()) event.detail.formData.set("seconds", secondsSpent().toFixed(1));
});

document.addEventListener("visibilitychange", onVisibility);
setInterval(renew, RENEW_MS);

watchSaving(card, (status, next) => {
  // 409 and 422 came back with the same decision still open: its draft stays.
  if (status < 400 && draftKey) dropDraft(draftKey);
  openCard();
  scrollTo({ top: 0 });
  next.querySelector("[data-card-heading]")?.focus({ preventScroll: true });
  if (next.dataset.announce) announce(next.dataset.announce);
});

dropOldDrafts();
restoreGuidelines();
openCard();
