// Two things to compare: one of three buttons. More: a list to put in order by clicking, dragging, buttons or digits.
// The selects that carry the places are what a browser without script shows; with it they only hold the answer.
import { gettext } from "../words.js";

const radios = (question) => [...question.querySelectorAll("input[type=radio]")];
const listOf = (question) => question.querySelector("[data-ranking]");
const rowsOf = (question) => [...listOf(question).children];
const selectOf = (row) => row.querySelector("select");
const placeOf = (row) => selectOf(row).selectedIndex || null;
const hasTies = (question) => question.dataset.ties !== undefined;
// Questions in which the next one that is ranked shares the last place.
const tying = new WeakSet();

/** The ranked rows as tiers, the best first. */
function tiersOf(question) {
  const tiers = [];
  for (const row of rowsOf(question)) if (placeOf(row)) (tiers[placeOf(row) - 1] ??= []).push(row);
  return tiers.filter(Boolean);
}

/** Write places and order of the rows; those without a place come last. */
function arrange(question, tiers) {
  const focused = document.activeElement;
  tiers.forEach((tier, place) => tier.forEach((row) => (selectOf(row).selectedIndex = place + 1)));
  const ranked = tiers.flat();
  const others = rowsOf(question).filter((row) => !ranked.includes(row));
  for (const row of others) selectOf(row).selectedIndex = 0;
  const wanted = [...ranked, ...others];
  if (wanted.some((row, at) => listOf(question).children[at] !== row)) {
    listOf(question).append(...wanted);
    // Elements that are moved lose the focus.
    if (listOf(question).contains(focused)) focused.focus();
  }
  draw(question);
}

function draw(question) {
  const rows = rowsOf(question);
  rows.forEach((row, at) => {
    const place = placeOf(row);
    row.toggleAttribute("data-ranked", Boolean(place));
    row.querySelector("[data-place]").textContent = place ?? "–";
    row.querySelector("[data-up]").disabled = at === 0;
    row.querySelector("[data-down]").disabled = at === rows.length - 1;
    const tie = row.querySelector("[data-tie]");
    if (!tie) return;
    tie.disabled = at === 0;
    tie.setAttribute("aria-pressed", String(Boolean(place) && at > 0 && placeOf(rows[at - 1]) === place));
  });
  const left = rows.filter((row) => !placeOf(row)).length;
  const note = question.querySelector("[data-left]");
  const place = tiersOf(question).length + 1;
  if (left === 0) note.textContent = "";
  else if (left === rows.length) note.textContent = gettext("Choose the best first.");
  else if (tying.has(question)) note.textContent = gettext("%(left)s left; the next shares the last place.", { left });
  else note.textContent = gettext("%(left)s left; the next gets place %(place)s.", { left, place });
}

function changed(question, tiers) {
  arrange(question, tiers);
  question.querySelector("[data-order]").textContent = tiersOf(question)
    .map((tier, at) => `${at + 1}: ${tier.map((row) => row.dataset.title).join(", ")}`)
    .join("; ");
  question.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Rank the row after all others, or take its place away. The last that is left gets the last place by itself. */
function toggle(question, row) {
  const tiers = tiersOf(question);
  if (placeOf(row)) {
    tying.delete(question);
    return changed(question, without(tiers, row));
  }
  if (tying.has(question) && tiers.length) tiers.at(-1).push(row);
  else tiers.push([row]);
  tying.delete(question);
  const left = rowsOf(question).filter((each) => !tiers.flat().includes(each));
  if (left.length === 1) tiers.push(left);
  changed(question, tiers);
}

const without = (tiers, row) => tiers.map((tier) => tier.filter((each) => each !== row)).filter((tier) => tier.length);

/** The order as it is seen: rows that have no place yet follow one by one. */
const wholeOrder = (question) => [
  ...tiersOf(question),
  ...rowsOf(question)
    .filter((row) => !placeOf(row))
    .map((row) => [row]),
];

/** One place up or down: out of a tie first, then past the neighbour. */
function move(question, row, step) {
  const tiers = wholeOrder(question);
  const at = tiers.findIndex((tier) => tier.includes(row));
  if (tiers[at].length > 1) {
    tiers[at] = tiers[at].filter((each) => each !== row);
    tiers.splice(step < 0 ? at : at + 1, 0, [row]);
  } else {
    if (!tiers[at + step]) return;
    [tiers[at], tiers[at + step]] = [tiers[at + step], tiers[at]];
  }
  changed(question, tiers);
}

/** Share the place of the row above, or have a place of its own again. */
function tie(question, row) {
  const tiers = wholeOrder(question);
  const at = tiers.findIndex((tier) => tier.includes(row));
  if (tiers[at][0] !== row) {
    const rest = tiers[at].slice(tiers[at].indexOf(row));
    tiers.splice(at, 1, tiers[at].filter((each) => !rest.includes(each)), rest);
  } else if (at > 0) {
    tiers.splice(at - 1, 2, [...tiers[at - 1], ...tiers[at]]);
  }
  changed(question, tiers);
}

/** The row follows the pointer through the list; where it is let go, it has its own place. */
function dragBy(question, handle, row, pressed) {
  if (pressed.button !== 0) return;
  pressed.preventDefault();
  handle.setPointerCapture(pressed.pointerId);
  row.toggleAttribute("data-dragged", true);
  let moved = false;
  const onMove = ({ clientY }) => {
    const over = rowsOf(question).find((each) => {
      const { top, bottom } = each.getBoundingClientRect();
      return each !== row && clientY > top && clientY < bottom;
    });
    if (!over) return;
    const { top, height } = over.getBoundingClientRect();
    const below = clientY > top + height / 2;
    // The others move past it: an element that is moved itself loses the pointer.
    while (below && row.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING) row.before(row.nextElementSibling);
    while (!below && row.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_PRECEDING) row.after(row.previousElementSibling);
    moved = true;
  };
  const onEnd = () => {
    handle.removeEventListener("pointermove", onMove);
    row.toggleAttribute("data-dragged", false);
    if (moved) changed(question, tiersAfterDrag(question, row));
  };
  handle.addEventListener("pointermove", onMove);
  for (const name of ["pointerup", "pointercancel"]) handle.addEventListener(name, onEnd, { once: true });
}

/** Neighbours that tied still do, unless what was dragged lies between them now. */
function tiersAfterDrag(question, dragged) {
  const tiers = [];
  let before = null;
  for (const row of rowsOf(question)) {
    const ties = before && before !== dragged && row !== dragged && placeOf(row) && placeOf(row) === placeOf(before);
    if (ties) tiers.at(-1).push(row);
    else tiers.push([row]);
    before = row;
  }
  return tiers;
}

function mountList(question) {
  for (const row of rowsOf(question)) {
    selectOf(row).hidden = true;
    row.querySelector("[data-rank]").addEventListener("click", () => toggle(question, row));
    row.querySelector("[data-up]").addEventListener("click", () => move(question, row, -1));
    row.querySelector("[data-down]").addEventListener("click", () => move(question, row, 1));
    row.querySelector("[data-tie]")?.addEventListener("click", () => tie(question, row));
    const handle = row.querySelector("[data-handle]");
    handle.addEventListener("pointerdown", (event) => dragBy(question, handle, row, event));
    row.addEventListener("keydown", (event) => {
      if (!event.shiftKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
      event.preventDefault();
      move(question, row, event.key === "ArrowUp" ? -1 : 1);
    });
  }
  arrange(question, tiersOf(question));
}

const isList = (question) => Boolean(listOf(question));

/** Options of a tier stand in the question's order, as the server stores them. */
const valuesOf = (tier) =>
  [...tier].sort((a, b) => Number(a.dataset.position) - Number(b.dataset.position)).map((row) => row.dataset.value);

function keyInPair(question, event) {
  const [first, last] = [radios(question)[0], radios(question).at(-1)];
  const input = {
    ArrowLeft: first, 1: first, ArrowRight: last, 2: last,
    ...(hasTies(question) ? { 0: radios(question)[1], "=": radios(question)[1] } : {}),
  }[event.key];
  if (!input) return false;
  input.checked = !(input.checked && !input.required);
  input.focus({ preventScroll: true });
  input.closest("label").scrollIntoView({ block: "nearest" });
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function keyInList(question, event) {
  if (event.key === "=" && hasTies(question)) {
    const row = document.activeElement.closest?.("[data-ranking] > li");
    if (row && listOf(question).contains(row)) tie(question, row);
    else {
      tying.add(question);
      draw(question);
    }
    return true;
  }
  const row = rowsOf(question).find((each) => each.dataset.hotkey === event.key);
  if (!row) return false;
  toggle(question, row);
  return true;
}

export default {
  once: () => true,

  mount(question) {
    if (isList(question)) mountList(question);
  },

  hints(question) {
    if (!isList(question)) {
      return [
        [["←", "1"], gettext("The left one")],
        [["→", "2"], gettext("The right one")],
        ...(hasTies(question) ? [[["0", "="], gettext("They tie")]] : []),
      ];
    }
    return [
      ...rowsOf(question)
        .filter((row) => row.dataset.hotkey)
        .map((row) => [[row.dataset.hotkey], row.dataset.title]),
      ...(hasTies(question) ? [[["="], gettext("The next one ties with the last")]] : []),
      [["Shift", "↑"], gettext("Move what has the focus up")],
      [["Shift", "↓"], gettext("Move it down")],
    ];
  },

  read(question) {
    if (isList(question)) return tiersOf(question).map(valuesOf);
    const chosen = radios(question).find((input) => input.checked);
    return chosen ? JSON.parse(chosen.value) : null;
  },

  write(question, value) {
    if (value !== null && !Array.isArray(value)) return false;
    if (!isList(question)) {
      const wanted = radios(question).find((input) => input.value === JSON.stringify(value));
      if (!wanted && value !== null) return false;
      for (const input of radios(question)) input.checked = input === wanted;
      return true;
    }
    const rows = new Map(rowsOf(question).map((row) => [row.dataset.value, row]));
    const tiers = (value ?? []).map((tier) => [tier].flat().map((each) => rows.get(each)).filter(Boolean)).filter((tier) => tier.length);
    if (value !== null && tiers.flat().length !== rows.size) return false;
    arrange(question, tiers);
    return true;
  },

  answered(question) {
    return isList(question) ? rowsOf(question).every(placeOf) : radios(question).some((input) => input.checked);
  },

  key: (question, event) => (isList(question) ? keyInList : keyInPair)(question, event),
};
