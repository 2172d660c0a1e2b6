// The annotation page. The next card lies ready in memory: sending an answer paints it at once, and the answer travels
// behind it (outbox.js). Nothing is called saved before the server has said so.
import { openComments } from "./comments.js";
import { resumeClock, secondsSpent, startClock, stopClock, watchIdling } from "./clock.js";
import { dropDraft, dropOldDrafts, loadDraft, saveDraft, settleDraft, syncDraft } from "./drafts.js";
import { commandOf, swipes } from "./hotkeys.js";
import { digitOf, isCommand, pressesFocused, replayEarlyKeys } from "./keyboard.js";
import { watchKeySheet } from "./keysheet.js";
import { Outbox } from "./outbox.js";
import { acceptSuggestions, chooseByKey, mountQuestions, moveToQuestion, readDraft, unmountQuestions, writeAnswers } from "./questions.js";
import { announce, showUnsent } from "./saving.js";
import { fieldsOf, post } from "./sending.js";
import { watchSwipes } from "./swipe.js";
import { gettext } from "./words.js";

const RENEW_MS = 120_000;
const wide = matchMedia("(width >= 64rem)");
const desk = document.getElementById("desk");
const paused = document.getElementById("paused");
const card = () => document.getElementById("card");
const form = () => document.getElementById("answer-form");
const leaseOf = (element) => element?.querySelector("#answer-form")?.dataset.lease ?? "";

// The card that follows, not in the document yet. `held`: the answer on the screen is sent, and nothing follows it yet.
let ahead = null;
let held = false;
let undoing = false;
// A card may be older than the first answer, and say that there is none to go back to.
let answered = false;

/* Cards */

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

function openCard() {
  startClock();
  if (!form()) return;
  const mounted = mountQuestions(form());
  const draft = loadDraft(form());
  if (draft && writeAnswers(form(), draft)) announce(gettext("Your unsaved answer is back."));
  for (const element of card().querySelectorAll("[data-live-only]")) element.hidden = false;
  return mounted;
}

function paint(next) {
  if (form()) unmountQuestions(form());
  document.getElementById("comments").hidePopover();
  held = false;
  next.inert = false;
  next.removeAttribute("aria-busy");
  card().replaceWith(next);
  if (answered && form()) document.getElementById("undo").hidden = false;
  openCard();
  scrollTo({ top: 0 });
  next.querySelector("[data-card-heading]")?.focus({ preventScroll: true });
}

/** A card has come: on the screen where it is waited for, else behind what is there. */
function take(html) {
  const next = parse(html);
  const lease = leaseOf(next);
  if (lease && (outbox.entries.some((entry) => entry.lease === lease) || (!held && lease === leaseOf(card())))) return;
  // Where nothing was left a moment ago, something is now.
  if (held || (lease && !form())) {
    paint(next);
    if (next.dataset.announce) announce(next.dataset.announce);
  } else if (lease) ahead = next;
}

async function fetchAhead() {
  if (ahead || !form() || paused.open) return;
  const shown = held ? "" : leaseOf(card());
  const reply = await post(desk.dataset.ahead, [["shown", shown]]);
  // A failure is no news: the answer's own reply brings the next card.
  if (reply.status === 200 && !(ahead && !held)) apply(reply.data, shown);
}

/** `shown` is the lease that was on the screen when this was asked for. */
function apply(data, shown) {
  if (data.bar) {
    const told = document.querySelector(".save-state")?.textContent ?? "";
    document.getElementById("bar").innerHTML = data.bar;
    if (!data.saved) document.querySelector(".save-state").textContent = told;
    showLive();
  }
  const back = document.getElementById("undo");
  if (back && "can_undo" in data) back.hidden = !data.can_undo && !answered;
  if (data.lost && !held && shown === leaseOf(card())) leaseLost();
  if (data.card) take(data.card);
  if (data.ahead) take(data.ahead);
}

function notify(html = "") {
  document.getElementById("desk-notice").innerHTML = html;
}

/* Sending */

const outbox = new Outbox(desk.dataset.owner, {
  shown: () => (held ? "" : leaseOf(card())),
  delivered(entry, { data }, shown) {
    dropDraft(entry.draft);
    notify(data.notice);
    apply(data, shown);
    if (!held && data.saved) announce(data.saved);
    if (held && !outbox.entries.length) fetchAhead();
    else if (!ahead && !outbox.entries.length) fetchAhead();
  },
  refused(entry, { status, data }) {
    if (status === 422) return reconsider(entry, data);
    // The draft stays: if the item comes back, so does the choice.
    if (held && entry.lease === leaseOf(card())) {
      paint(parse(data.card));
      announce(card().dataset.announce);
    } else document.getElementById("refusals").append(parse(data.refusal));
  },
  changed: showState,
});

/** The server found fault with an answer: back to its card, with the reason. */
function reconsider(entry, data) {
  const again = parse(data.card);
  if (!held && leaseOf(card()) !== entry.lease && form()) ahead = card();
  paint(again);
  announce(again.querySelector(".question-error")?.textContent ?? gettext("This answer does not fit."));
}

function showState(state) {
  const { unsent, sending, failure } = state;
  const label = document.querySelector(".save-state");
  if (label && unsent.length) label.textContent = failure ? gettext("Not saved") : sending ? gettext("Saving…") : "";
  label?.classList.toggle("failed", Boolean(failure));
  showUnsent(state, () => outbox.retry());
}

function send(sent, submitter, extra) {
  // Sent already, and nothing follows yet: Enter is for whoever wants it tried now.
  if (held) return outbox.retry();
  settleDraft(form());
  answered ||= sent === form();
  const { lease, item, draft } = form().dataset;
  const entry = { url: sent.action, fields: [...fieldsOf(sent, submitter), ...extra], lease, item, draft };
  notify();
  if (ahead) {
    const next = ahead;
    ahead = null;
    paint(next);
  } else {
    held = true;
    card().inert = true;
    card().setAttribute("aria-busy", "true");
  }
  outbox.add(entry);
}

async function undo() {
  if (undoing) return;
  undoing = true;
  if (!held && form()) await syncDraft();
  if (!(await outbox.drained())) announce(gettext("Your last answer is not saved yet. It can be taken back once it is."));
  else {
    const reply = await post(document.getElementById("undo-form").action, [["shown", leaseOf(card())]]);
    if (reply.failure) showUnsent({ ...reply, unsent: [], title: gettext("Not taken back.") }, undo);
    else {
      showUnsent({ unsent: [], failure: null });
      notify(reply.data.notice);
      if (reply.data.card) {
        // What was begun waits behind the card that comes back.
        ahead = form() ? card() : null;
        paint(parse(reply.data.card));
        announce(gettext("Taken back."));
      }
      apply({ ...reply.data, card: "" }, leaseOf(card()));
    }
  }
  undoing = false;
}

async function flag(sent, submitter) {
  sent.hidePopover();
  const reply = await post(sent.action, fieldsOf(sent, submitter));
  if (reply.failure) showUnsent({ ...reply, unsent: [], title: gettext("Not flagged.") }, () => flag(sent, submitter));
  else {
    showUnsent({ unsent: outbox.entries, failure: null });
    notify(reply.data.notice);
  }
}

document.addEventListener("submit", (event) => {
  const { target: sent, submitter } = event;
  if (event.defaultPrevented || !["answer-form", "skip", "flag", "undo-form"].includes(sent.id)) return;
  event.preventDefault();
  if (sent.id === "answer-form") send(sent, submitter, [["seconds", secondsSpent().toFixed(1)]]);
  else if (sent.id === "skip") send(sent, submitter, []);
  else if (sent.id === "flag") flag(sent, submitter);
  else undo();
});

/* The lease and the clock */

function leaseLost() {
  const told = card().querySelector("[data-lease-lost]");
  if (told) told.hidden = false;
}

async function renew() {
  if (!form() || held || document.hidden || paused.open) return;
  const { base } = form().dataset;
  const { status, data } = await post(`${base}renew/`, [["ahead", leaseOf(ahead)]]);
  if (form()?.dataset.base !== base) return;
  if (status === 409) leaseLost();
  if (status === 200 && ahead && !data.ahead) ahead = null;
  if (status === 200) fetchAhead();
}

function pause(why) {
  if (paused.open || !form()) return;
  stopClock({ idle: Boolean(why) });
  if (why) paused.querySelector("[data-paused-why]").textContent = why;
  syncDraft();
  paused.showModal();
  const kept = leaseOf(ahead);
  if (kept) post(form().dataset.base.replace(/\d+\/$/, `${kept}/release/`), []);
  ahead = null;
}

paused.addEventListener("close", () => {
  resumeClock();
  renew();
});
paused.querySelector("[data-resume]").addEventListener("click", () => paused.close());
watchIdling(() => pause(gettext("Nothing has happened here for a while, so the clock stopped. Are you still there?")));

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stopClock();
    syncDraft();
  } else if (!paused.open) {
    resumeClock();
    renew();
  }
});
setInterval(renew, RENEW_MS);

/* Guidelines */

function toggleGuidelines() {
  const guidelines = document.getElementById("guidelines");
  if (!guidelines) return;
  if (!wide.matches) return guidelines.togglePopover();
  desk.dataset.guidelines = desk.dataset.guidelines === "closed" ? "open" : "closed";
  showLive();
  try {
    localStorage.setItem("guidelines", desk.dataset.guidelines);
  } catch {
    // Not remembered then.
  }
}

/** What of the bar depends on this page rather than on the server. */
function showLive() {
  for (const element of document.querySelectorAll("#bar [data-live-only]")) element.hidden = !form();
  document.querySelector("[data-guidelines-toggle]")?.setAttribute("aria-expanded", String(desk.dataset.guidelines !== "closed"));
}

function restoreGuidelines() {
  try {
    if (localStorage.getItem("guidelines") === "closed") desk.dataset.guidelines = "closed";
  } catch {
    // Open, as by default.
  }
}

/* Keys, clicks and swipes */

const press = (selector) => {
  const button = document.querySelector(selector);
  if (button && !button.disabled && !button.hidden) button.click();
};

const COMMANDS = {
  submit: () => (held ? outbox.retry() : press("#submit-answer")),
  skip: () => !held && document.getElementById("skip")?.showPopover(),
  undo: () => press("#undo"),
  accept: () => form() && acceptSuggestions(form()),
  next: () => form() && moveToQuestion(form(), 1),
  previous: () => form() && moveToQuestion(form(), -1),
  flag: () => document.getElementById("flag")?.showPopover(),
  comments: () => press("[data-open-comments]"),
  guidelines: toggleGuidelines,
  pause: () => pause(),
  keys: () => document.getElementById("keys").showPopover(),
};

document.addEventListener("keydown", (event) => {
  const reasons = document.querySelector("#skip:popover-open, #flag:popover-open");
  if (reasons) {
    // A reason that is being typed may hold digits.
    if (event.target.matches("input[type=text]")) return;
    const digit = digitOf(event);
    if (digit && !event.repeat) reasons.querySelectorAll(":scope > button[name=reason]")[digit - 1]?.click();
    return;
  }
  if (!isCommand(event)) return;
  const command = commandOf(event);
  const pressing = (event.key === "Enter" || event.key === " ") && pressesFocused(event);
  // A letter that an option has for its key is the option's, whatever else it means.
  const printed = event.key.length === 1 && event.key !== " ";
  const mine = form() && !held && !pressing && (printed || !command);
  if (mine && chooseByKey(form(), event)) return event.preventDefault();
  if (!command || event.repeat || pressing) return;
  event.preventDefault();
  COMMANDS[command]?.();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-guidelines-toggle]")) toggleGuidelines();
  else if (event.target.closest("[data-pause]")) pause();
  else if (event.target.closest("[data-command=accept]")) COMMANDS.accept();
  else if (event.target.closest("[data-dismiss]")) event.target.closest("[data-refusal]").remove();
  else if (event.target.closest("[data-open-comments]") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openComments(form().dataset.comments);
  }
});

for (const kind of ["change", "input"]) {
  document.addEventListener(kind, (event) => {
    if (!held && form()?.contains(event.target)) saveDraft(form(), readDraft(form()));
  });
}

watchKeySheet(form);
if (swipes) watchSwipes(card, { right: COMMANDS.submit, left: COMMANDS.skip });

/* Begin */

dropOldDrafts();
restoreGuidelines();
showLive();
const opened = openCard();
if (outbox.entries.some((entry) => entry.lease === leaseOf(card()))) {
  // Sent from an earlier page, and not known to have arrived: the card is done with as soon as it has.
  held = true;
  card().inert = true;
}
if (outbox.entries.length) outbox.retry();
else fetchAhead();
replayEarlyKeys(opened);
