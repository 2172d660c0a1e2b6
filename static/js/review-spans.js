// Spans from everybody in one table: a box takes a span into the decision or leaves it out, and follows the marks.
import { readAnswers, writeAnswers } from "./questions.js";

const keyOf = ({ start, end, label }) => `${start}:${end}:${label}`;

const tables = () => document.querySelectorAll("[data-span-merge]");

function spanOf(box) {
  const { start, end, label, text } = box.dataset;
  return { start: Number(start), end: Number(end), label, text };
}

/** Show the tables, ticked as the question is marked. */
export function followSpans(form) {
  const answers = readAnswers(form);
  for (const table of tables()) {
    table.hidden = false;
    const marked = new Set((answers[table.dataset.spanMerge] ?? []).map(keyOf));
    for (const box of table.querySelectorAll("input[type=checkbox]")) box.checked = marked.has(keyOf(spanOf(box)));
  }
}

/** Take or leave the span of a box that was pressed. Returns whether it was one of these boxes. */
export function takeSpan(form, box) {
  const table = box.closest("[data-span-merge]");
  if (!table) return false;
  const name = table.dataset.spanMerge;
  const span = spanOf(box);
  const others = (readAnswers(form)[name] ?? []).filter((each) => keyOf(each) !== keyOf(span));
  const wanted = box.checked ? [...others, span] : others;
  wanted.sort((one, other) => one.start - other.start || one.end - other.end);
  // What the editor did not accept is not ticked.
  writeAnswers(form, { [name]: wanted });
  followSpans(form);
  return true;
}

/** To the first box, or with -1 and 1 to the one above or below the one that has the focus. */
export function moveToSpan(step) {
  const boxes = [...document.querySelectorAll("[data-span-merge]:not([hidden]) input[type=checkbox]")];
  const at = boxes.indexOf(document.activeElement);
  if (step && at < 0) return false;
  const target = boxes[step ? at + step : 0];
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
  return Boolean(target);
}
