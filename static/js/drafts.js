// Answers not saved yet, by person and item, in this browser: a reload, a lost lease or a dead network keeps them.

const PREFIX = "draft:";
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;

export function saveDraft(key, answers) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), answers }));
  } catch {
    // Storage full or forbidden: the page itself still holds the answer.
  }
}

/** The answers {input name: value}, or null. */
export function loadDraft(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key))?.answers ?? null;
  } catch {
    return null;
  }
}

export function dropDraft(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // As above.
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
