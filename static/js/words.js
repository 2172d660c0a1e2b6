// Sentences in the reader's language. Where that is not English, the page brings its catalogue along (templatetags/words).

const brought = globalThis.document?.getElementById("words");
const catalogue = brought ? JSON.parse(brought.textContent) : {};
const language = globalThis.document?.documentElement.lang || "en";
const rules = new Intl.PluralRules(language);
// In the order in which a catalogue lists its plural forms.
const FORMS = ["zero", "one", "two", "few", "many", "other"].filter((form) => rules.resolvedOptions().pluralCategories.includes(form));

const filled = (sentence, values) => sentence.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);

/** A sentence, each `%(name)s` in it replaced by `values[name]`. */
export function gettext(sentence, values = {}) {
  return filled(catalogue[sentence] ?? sentence, values);
}

/** The same where `context` says which of its meanings is meant. */
export const pgettext = (context, sentence) => catalogue[`${context}\x04${sentence}`] ?? sentence;

/** The same with a count, which is `%(count)s` in it. */
export function ngettext(one, many, count, values = {}) {
  const forms = catalogue[one] ?? [one, many];
  const form = Math.min(FORMS.indexOf(rules.select(count)), forms.length - 1);
  return filled(forms[catalogue[one] ? form : Number(count !== 1)], { count: number(count), ...values });
}

/** 12345 → “12,345”, in German “12.345”. */
export const number = (count, options) => count.toLocaleString(language, options);
