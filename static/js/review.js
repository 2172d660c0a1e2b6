// The review page: keys answer, Enter decides, s goes on; the button says what will happen. Votes are used, returned or
// merged, look-alikes decided with one, and the last decision taken back, all by keys as well.
import "./comments.js";
import { commandOf } from "./hotkeys.js";
import { isCommand, pressesFocused, replayEarlyKeys } from "./keyboard.js";
import { watchKeySheet } from "./keysheet.js";
import { agreesWithConsensus, askedOf, chooseByKey, mountQuestions, moveToQuestion, readAnswers, writeAnswers } from "./questions.js";
import { followSpans, moveToSpan, takeSpan } from "./review-spans.js";
import { announce, watchSaving } from "./saving.js";
import { gettext } from "./words.js";

const card = () => document.getElementById("card");
const form = () => document.getElementById("review-form");

async function openCard() {
  for (const part of document.querySelectorAll("[data-use], [data-merges]")) part.hidden = !form();
  if (!form()) return;
  const mounted = mountQuestions(form());
  openAlikes();
  nameDecision();
  await mounted;
  followSpans(form());
}

/** “Accept” where every answer is the consensus, “Override” where one is not. */
function nameDecision() {
  const label = document.querySelector("[data-decision]");
  if (!label) return;
  const verdicts = askedOf(form()).map(agreesWithConsensus).filter((verdict) => verdict !== null);
  const isOpen = askedOf(form()).every((question) => question.dataset.consensus === undefined);
  if (isOpen || Object.keys(readAnswers(form())).length === 0) label.textContent = gettext("Decide");
  else label.textContent = verdicts.every(Boolean) ? gettext("Accept") : gettext("Override");
}

/** Answer as somebody else did; what does not fit any more stays as it was. */
function useVote(button) {
  if (!writeAnswers(form(), JSON.parse(button.dataset.use))) return;
  chosen();
  announce(gettext("%(vote)s: chosen, not decided yet.", { vote: button.getAttribute("aria-label") }));
}

function useMerged(button) {
  if (!writeAnswers(form(), JSON.parse(button.dataset.merged))) return;
  chosen();
  announce(gettext("%(merge)s: merged, not decided yet.", { merge: button.textContent.trim() }));
}

function chosen() {
  nameDecision();
  followSpans(form());
  document.getElementById("resolve").focus();
}

/** Open the form by which an answer is returned: of the vote that has the focus, or of the one after the open one. */
function openReturn() {
  const parts = [...document.querySelectorAll("[data-return]")];
  const at = parts.findIndex((part) => part.open);
  const here = document.activeElement?.closest(".vote")?.querySelector("[data-return]");
  const next = here && !here.open ? here : parts[at + 1] ?? parts[0];
  if (!next) return;
  for (const part of parts) part.open = part === next;
  next.querySelector("summary").focus();
  next.querySelector("textarea").focus();
  next.scrollIntoView({ block: "nearest" });
}

function openAmbiguous() {
  const part = document.querySelector("[data-ambiguous]");
  if (!part) return;
  part.open = true;
  document.getElementById("ambiguous").focus();
}

/** The box for all look-alikes works with script alone. */
function openAlikes() {
  const all = document.querySelector("[data-alike-all]");
  if (all) all.hidden = false;
}

function tickAlikes(box) {
  for (const each of document.querySelectorAll("[name=alike]")) each.checked = box.checked;
}

const COMMANDS = {
  submit: () => document.getElementById("resolve")?.click(),
  next: () => form() && moveToQuestion(form(), 1),
  previous: () => form() && moveToQuestion(form(), -1),
  keys: () => document.getElementById("keys").showPopover(),
  undo: () => document.getElementById("take-back")?.click(),
};
const LETTERS = {
  s: () => document.getElementById("next-review")?.click(),
  r: openReturn,
  m: openAmbiguous,
  b: () => document.getElementById("show-alike")?.click(),
  t: () => moveToSpan(0),
};

/** Shift and a digit, by the key's place: what it types with Shift is another character on every keyboard. */
function voteKey(event) {
  const digit = event.shiftKey && /^Digit([1-9])$/.exec(event.code)?.[1];
  return digit ? document.querySelector(`[data-vote-key="${digit}"]`) : null;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return closeReturn(event);
  if (!isCommand(event) || event.repeat) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && moveToSpan(step)) return event.preventDefault();
  const vote = form() && voteKey(event);
  if (vote) {
    event.preventDefault();
    return useVote(vote);
  }
  if (form() && !event.target.closest?.("[data-alikes]") && chooseByKey(form(), event)) return event.preventDefault();
  const command = LETTERS[event.key] ?? COMMANDS[commandOf(event)];
  if (!command || ((event.key === "Enter" || event.key === " ") && pressesFocused(event))) return;
  event.preventDefault();
  command();
});

function closeReturn(event) {
  const part = event.target.closest?.("[data-return][open], [data-ambiguous][open]");
  if (!part) return;
  part.open = false;
  part.querySelector("summary").focus();
}

for (const name of ["change", "input"]) {
  document.addEventListener(name, (event) => form()?.contains(event.target) && nameDecision());
}

document.addEventListener("change", (event) => {
  if (!form() || takeSpan(form(), event.target)) return;
  if (event.target.closest("[data-alike-all]")) tickAlikes(event.target);
  else if (form().contains(event.target)) followSpans(form());
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-use], [data-merged]");
  if (!button) return;
  if (button.dataset.use) useVote(button);
  else useMerged(button);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "alikes") return;
  openAlikes();
  document.querySelector("[data-alikes-heading]")?.focus();
});

watchKeySheet(form);
watchSaving(card, (_status, next) => {
  openCard();
  scrollTo({ top: 0 });
  next.querySelector("[data-card-heading]")?.focus({ preventScroll: true });
  if (next.dataset.announce) announce(next.dataset.announce);
});

replayEarlyKeys(openCard());
