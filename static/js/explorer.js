// The item list: how many are ticked, ticking a page or everything, a range with Shift, and its keys; on an item, j and k.
import { isCommand } from "./keyboard.js";
import { gettext, number } from "./words.js";

const boxes = () => [...document.querySelectorAll("[data-pick]")];
let last = null;

function count() {
  const bar = document.querySelector("[data-bulk-bar]");
  if (!bar) return;
  const picked = boxes().filter((box) => box.checked).length;
  const all = bar.querySelector("[data-pick-all]");
  const page = bar.querySelector("[data-pick-page]");
  page.checked = picked > 0 && picked === boxes().length;
  page.indeterminate = picked > 0 && !page.checked;
  bar.querySelector("[data-picked]").textContent = all?.checked ? gettext("All that match") : picked ? gettext("%(count)s chosen", { count: number(picked) }) : gettext("Choose items");
  for (const button of bar.querySelectorAll("button")) button.disabled = !picked && !all?.checked;
  bar.classList.toggle("active", picked > 0 || Boolean(all?.checked));
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-pick]");
  if (!box) return;
  if (event.shiftKey && last?.isConnected) {
    const rows = boxes();
    const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
    for (const each of rows.slice(from, to + 1)) each.checked = box.checked;
  }
  last = box;
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-page]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.closest("[data-bulk]")) count();
});

// j and k walk the rows (or the neighbours of an item), x ticks, / searches.
document.addEventListener("keydown", (event) => {
  if (!isCommand(event)) return;
  const neighbour = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (neighbour) return neighbour.click();
  const search = document.querySelector("#filters [name=search]");
  if (!search) return;
  const rows = [...document.querySelectorAll(".items-table tbody tr")];
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  if (event.key === "/") {
    event.preventDefault();
    search.focus();
  } else if (event.key === "j" || event.key === "k") {
    const next = rows[Math.min(rows.length - 1, Math.max(0, here + (event.key === "j" ? 1 : -1)))];
    next?.querySelector(".row-link").focus();
  } else if (event.key === "x" && here >= 0) {
    rows[here].querySelector("[data-pick]").click();
  }
});

document.addEventListener("htmx:afterSettle", count);
// The browser restores ticks after the page was drawn.
window.addEventListener("pageshow", count);
count();
