// Answers not sent yet, by person and item: in this browser at once, on the server soon after, for other devices.
//
// Which of the two is newer is not told by clocks, which may disagree: a draft in the browser remembers which of the
// server's drafts it went on from. Where the server has another one by now, another device has written since.
import { fieldsOf, post } from "./sending.js";

const PREFIX = "draft:";
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
const CALM_MS = 800;

let timer = 0;
let unsynced = null;

/** Keep what the form holds: `answers` here, its fields on the server once the person stops for a moment. */
export function saveDraft(form, answers) {
  store(form.dataset.draft, { at: Date.now(), answers, base: form.dataset.drafted });
  unsynced = form;
  clearTimeout(timer);
  timer = setTimeout(syncDraft, CALM_MS);
}

/** Send what has not been sent yet: the page is about to be hidden, or the pause has come. */
export async function syncDraft() {
  clearTimeout(timer);
  const form = unsynced;
  unsynced = null;
  if (!form) return;
  const { status, data } = await post(`${form.dataset.base}draft/`, fieldsOf(form), { keepalive: true });
  // A failure costs nothing here: the browser has it, and the next change tries again.
  if (status !== 200) return;
  const kept = load(form.dataset.draft);
  form.dataset.drafted = data.drafted;
  if (kept) store(form.dataset.draft, { ...kept, base: data.drafted });
}

/** The form is being sent: its draft needs no copy on the server any more. */
export function settleDraft(form) {
  if (unsynced !== form) return;
  clearTimeout(timer);
  unsynced = null;
}

/** The answers kept here, or null where the server has newer ones or there are none. */
export function loadDraft(form) {
  const kept = load(form.dataset.draft);
  if (!kept) return null;
  if ((kept.base ?? "") === (form.dataset.drafted ?? "")) return kept.answers;
  dropDraft(form.dataset.draft);
  return null;
}

export function dropDraft(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing was stored then.
  }
}

export function dropOldDrafts() {
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      const { at } = JSON.parse(localStorage.getItem(key)) ?? {};
      if (!(Date.now() - at < MAX_AGE_MS)) localStorage.removeItem(key);
    }
  } catch {
    // As above.
  }
}

function store(key, draft) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // Storage full or forbidden: the page itself still holds the answer.
  }
}

function load(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}
