// The conversation about an item: opened beside the card, and names completed after an “@”.

const WORD = /(?:^|[^\w@.+-])@([\w@.+-]*)$/;
const CALM_MS = 150;
let timer = 0;
let asked = 0;

/** Show the conversation at `url` in the page's sheet. */
export function openComments(url) {
  const sheet = document.getElementById("comments");
  htmx.ajax("GET", url, { target: "#comments-body", swap: "innerHTML" });
  sheet.showPopover();
}

const listOf = (area) => document.getElementById(area.getAttribute("aria-controls"));
const choices = (area) => [...listOf(area).querySelectorAll("[role=option]")];

function close(area) {
  asked += 1;
  clearTimeout(timer);
  listOf(area).hidden = true;
  area.removeAttribute("aria-activedescendant");
}

async function complete(area) {
  const typed = WORD.exec(area.value.slice(0, area.selectionStart));
  if (!typed) return close(area);
  const mine = ++asked;
  let names = [];
  try {
    const response = await fetch(`${area.dataset.mentions}?q=${encodeURIComponent(typed[1])}`, { headers: { "X-Desk": "1" } });
    if (response.ok) ({ names } = await response.json());
  } catch {
    // Names can be typed in full.
  }
  if (mine !== asked) return;
  const list = listOf(area);
  list.replaceChildren(...names.map((name, place) => optionOf(list, name, place)));
  list.hidden = names.length === 0;
  if (names.length) activate(area, 0);
}

function optionOf(list, name, place) {
  const option = document.createElement("li");
  option.id = `${list.id}-${place}`;
  option.role = "option";
  option.dataset.name = name;
  option.textContent = `@${name}`;
  return option;
}

function activate(area, place) {
  const options = choices(area);
  const at = (place + options.length) % options.length;
  options.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
  options[at].scrollIntoView({ block: "nearest" });
  area.setAttribute("aria-activedescendant", options[at].id);
}

function insert(area, name) {
  const before = area.value.slice(0, area.selectionStart);
  const begun = before.length - WORD.exec(before)[1].length;
  area.setRangeText(`${name} `, begun, area.selectionStart, "end");
  close(area);
  area.focus();
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("textarea[data-mentions]")) return;
  clearTimeout(timer);
  timer = setTimeout(complete, CALM_MS, event.target);
});

document.addEventListener("keydown", (event) => {
  const area = event.target;
  if (!area.matches?.("textarea[data-mentions]")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return area.form.requestSubmit();
  if (listOf(area).hidden) return;
  const options = choices(area);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") activate(area, at + 1);
  else if (event.key === "ArrowUp") activate(area, at - 1);
  else if (event.key === "Enter" || event.key === "Tab") insert(area, options[at].dataset.name);
  else if (event.key === "Escape") close(area);
  else return;
  event.preventDefault();
  event.stopPropagation();
});

document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.("[role=option][data-name]");
  if (!option) return;
  event.preventDefault();
  insert(option.closest("form").querySelector("textarea[data-mentions]"), option.dataset.name);
});
