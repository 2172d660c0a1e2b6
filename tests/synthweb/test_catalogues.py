"""Every sentence that somebody reads can be translated, and German is whole: in templates, in code and in scripts."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

FOLDER = settings.BASE_DIR / "locale/de/LC_MESSAGES"
DOMAINS = ("django", "djangojs")
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
# Pieces of tags: what looks like a text there is attributes.
PIECES = {"allauth/elements/button.html", "components/polling.html", "questions/attributes.html"}
SPOKEN = (
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "data-label",
    "data-confirm",
    "data-confirm-title",
    "data-announce",
)
TOKEN = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}")
SKIPPED = re.compile(
    r"{% comment %}.*?{% endcomment %}|{% blocktranslate.*?{% endblocktranslate %}"
    r"|{% block page_class %}.*?{% endblock %}|<(code|kbd)\b[^>]*>[^<]*</\1>",
    re.S,
)
# What a tag or a filter says by itself: include "…" with title="…", value|default:"…".
LITERAL = re.compile(r'(?:\b(?:title|text|label|note|action|submit|heading)=|\|(?:default|yesno|pluralize):)"([^"]*)"')
WORD = re.compile(r"[^\W\d_]{2,}")
# Names, and what is no language.
NAMES = {
    "SynthWeb", "API", "OpenAPI 3.1", "UTC", "CSV", "JSON", "SVG", "PNG", "SHA-256", "<View> … </View>",
    "arXiv:2410.12896",
}  # fmt: skip
PYTHON = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
SCRIPTED = re.compile(r'\b(?:gettext|ngettext)\(\s*"((?:[^"\\]|\\.)*)"|\bpgettext\("[^"]*", "([^"]*)"\)')


class Visible(HTMLParser):
    """What is seen or heard of a template, what its tags and variables say left out."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.feed(TOKEN.sub("\N{OBJECT REPLACEMENT CHARACTER}", SKIPPED.sub("", template)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if name in SPOKEN and value]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def bare(template: str) -> Iterator[str]:
    for text in Visible(template).texts:
        for part in text.split("\N{OBJECT REPLACEMENT CHARACTER}"):
            if WORD.search(part) and part.strip(" ·\n") not in NAMES:
                yield part.strip()
    for token in TOKEN.findall(SKIPPED.sub("", template)):
        yield from (text for text in LITERAL.findall(token) if WORD.search(text))


def entries(domain: str = "django") -> Iterator[tuple[str, str]]:
    """(msgid, msgstr or the first of its plural) of a catalogue's source."""
    for block in (FOLDER / f"{domain}.po").read_text("utf-8").split("\n\n")[1:]:
        strings = dict(re.findall(r'^(msg\S+(?: \S+)?) "(.*)"$', block, re.M))
        first = strings.get("msgstr", strings.get("msgstr[0]", ""))
        yield ast.literal_eval(f'"{strings["msgid"]}"'), ast.literal_eval(f'"{first}"')


def said_in_templates() -> Iterator[str]:
    for path in TEMPLATES:
        code = templatize(path.read_text("utf-8"), origin=str(path))
        for name, text in re.findall(
            r"\b([np]*gettext)\((?:'[^']*', )?(u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")", code
        ):
            if name in ("gettext", "ngettext"):
                yield ast.literal_eval(text)


def said_in_code() -> Iterator[str]:
    for path in (settings.BASE_DIR / "annotation").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                text = node.args[1 if node.func.id in WITH_CONTEXT else 0]
                known = node.func.id in PYTHON or node.func.id in WITH_CONTEXT
                if known and isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value


def said_in_scripts() -> Iterator[str]:
    for path in (settings.BASE_DIR / "static/js").rglob("*.js"):
        for plain, meant in SCRIPTED.findall(path.read_text("utf-8")):
            yield ast.literal_eval(f'"{plain or meant}"')


def test_no_template_says_anything_that_cannot_be_translated() -> None:
    named = {path.relative_to(settings.BASE_DIR / "templates").as_posix(): path for path in TEMPLATES}
    found = {name: list(bare(path.read_text("utf-8"))) for name, path in named.items() if name not in PIECES}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "template",
    ["<p>Hello there</p>", '<b title="Hello">1</b>', "{{ x }} left", '{% include "a.html" with title="Hello" %}',
     '{{ name|default:"nobody" }}', "{% if x %}Yes{% endif %}"],
)  # fmt: skip
def test_a_bare_text_is_found(template: str) -> None:
    assert list(bare(template)) != []


@pytest.mark.parametrize("domain", DOMAINS)
def test_german_is_whole_and_compiled(domain: str) -> None:
    source = (FOLDER / f"{domain}.po").read_text("utf-8")
    assert "#, fuzzy" not in source
    assert re.search(r'^msg\S+ ""\n"', source.split("\n\n", 1)[1], re.M) is None, "a text goes over several lines"
    with (FOLDER / f"{domain}.mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    # A text with a plural has its number beside it, one with a context that before it.
    single = {key if isinstance(key, str) else key[0]: text for key, text in catalogue.items() if key[1:] != (1,)}
    spoken: dict[str, set[str]] = {}
    for key, text in single.items():
        spoken.setdefault(key.rpartition("\x04")[2], set()).add(text)
    assert [said for said, text in entries(domain) if not text or text not in spoken.get(said, set())] == []
    named = re.compile(r"%\(\w+\)|{\w+}")
    assert [said for said, text in entries(domain) if {*named.findall(text)} != {*named.findall(said)}] == []


def test_the_catalogues_know_every_sentence() -> None:
    """`make messages` was run since the last change of a text."""
    known, scripted = ({said for said, _ in entries(domain)} for domain in DOMAINS)
    assert sorted({*said_in_templates(), *said_in_code()} - known) == []
    assert sorted({*said_in_scripts()} - scripted) == []
