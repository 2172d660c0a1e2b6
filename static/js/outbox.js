// Answers on their way to the server, one after another. Each is kept in this browser until the server has said that it
// is recorded, and is sent under the key it was given: after a failure, a reload or a crash, in as many tabs as there are.
import { post } from "./sending.js";

const PREFIX = "unsent:";
const LONGEST_PAUSE_MS = 30_000;

export class Outbox {
  #prefix;
  #on;
  #entries;
  #sending = false;
  #failures = 0;
  #failure = null;
  #timer = 0;
  #waiting = [];

  /**
   * `shown()` is the lease on the screen; `delivered(entry, reply, shown)` and `refused(entry, reply, shown)` are
   * called once for each entry; `changed(state)` whenever {unsent, sending, failure, final, unkept} changes.
   */
  constructor(owner, on) {
    this.#prefix = `${PREFIX}${owner}:`;
    this.#on = on;
    this.#entries = stored(this.#prefix);
    addEventListener("online", () => this.retry());
    addEventListener("beforeunload", (event) => {
      // What this browser would not store is lost with the page.
      if (this.#entries.some((entry) => !entry.kept)) event.preventDefault();
    });
  }

  get entries() {
    return this.#entries;
  }

  get failing() {
    return this.#failure !== null;
  }

  /** Send {url, fields, lease, …}; it is stored first. */
  add(entry) {
    entry.name = `${this.#prefix}${entry.lease}:${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
    entry.kept = keep(entry);
    this.#entries.push(entry);
    this.#pump();
  }

  /** Now rather than after the pause. */
  retry() {
    clearTimeout(this.#timer);
    this.#pump();
  }

  /** Whether everything has been delivered; answers once that is decided. */
  drained() {
    if (!this.#entries.length) return Promise.resolve(true);
    if (this.#failure !== null) return Promise.resolve(false);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #pump() {
    if (this.#sending) return;
    while (this.#entries.length) {
      const [entry] = this.#entries;
      this.#sending = true;
      this.#changed();
      const shown = this.#on.shown();
      const reply = await post(entry.url, [...entry.fields, ["shown", shown]]);
      this.#sending = false;
      if (reply.failure) return this.#failed(reply);
      this.#failures = 0;
      this.#failure = null;
      this.#entries.shift();
      forget(entry);
      this.#changed();
      (reply.status < 400 ? this.#on.delivered : this.#on.refused)(entry, reply, shown);
    }
    this.#decided(true);
  }

  #failed({ failure, final = false }) {
    this.#failure = failure;
    this.#failures += 1;
    const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** (this.#failures - 1));
    clearTimeout(this.#timer);
    if (!final) this.#timer = setTimeout(() => this.#pump(), pause);
    this.#changed(final);
    this.#decided(false);
  }

  #decided(drained) {
    for (const resolve of this.#waiting.splice(0)) resolve(drained);
  }

  #changed(final = false) {
    this.#on.changed({
      unsent: this.#entries,
      sending: this.#sending,
      failure: this.#failure,
      final,
      unkept: this.#entries.some((entry) => !entry.kept),
    });
  }
}

function keep(entry) {
  try {
    localStorage.setItem(entry.name, JSON.stringify({ ...entry, at: Date.now() }));
    return true;
  } catch {
    // Storage full or forbidden: the page itself still holds the answer, and asks before it is left.
    return false;
  }
}

function forget(entry) {
  try {
    localStorage.removeItem(entry.name);
  } catch {
    // As above.
  }
}

/** What earlier pages of this person left unsent, the oldest first. */
function stored(prefix) {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
    const entries = names.map((name) => ({ ...JSON.parse(localStorage.getItem(name)), name, kept: true }));
    return entries.sort((first, second) => first.at - second.at);
  } catch {
    return [];
  }
}
