"""Make one set of spans of each text's votes in a file, and say it the way the file does; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from annotation.aggregation.crowd import Fitter
from annotation.aggregation.exact_spans import exact_spans, weigh
from annotation.aggregation.registry import method_of
from annotation.aggregation.tagging_spans import spans_of, tags_of
from annotation.aggregation.tallying import TooManyLabels
from annotation.aggregation.token_spans import Texts, token_dawid_skene, token_spans
from annotation.aggregation.tokenizing import WORD
from annotation.exchange import Row
from annotation.exchange.csv import Csv
from annotation.exchange.known_items import KnownItems
from annotation.exchange.span_labels import InvalidSpans, Marks, Notation, Span, read_marks, write_marks
from annotation.exchange.votes import VoteTable

from .errors import Refused
from .reading_votes import Tell, tell_first

TOKENS, EXACT = "token_spans", "exact_spans"
SPAN_METHODS = {
    TOKENS: TOKENS, "token_ds": TOKENS, "spans": TOKENS, EXACT: EXACT, "exact": EXACT,
}  # fmt: skip
# Dawid–Skene of tokens is what these mean for spans; every other method is tried on tokens as it is.
MEANS_TOKENS = {"auto", "dawid_skene", "ds"}


@dataclass(frozen=True, slots=True)
class _Text:
    """`answers`: annotator → what they marked. `cuts`: where tokens begin and end, in the notation's units: [(start,
    end)], ascending."""

    answers: dict[str, Marks]
    cuts: list[tuple[int, int]]
    known: Marks | None = None


def aggregate_spans(
    path: Path,
    table: VoteTable,
    notation: Notation,
    known: KnownItems,
    drawn: Sequence[str],
    method: str,
    tell: Tell,
) -> Iterator[Sequence[object]]:
    """Rows as of `aggregating.aggregate_file`, without `p_` columns. `posterior` is that of the least sure token, or
    with exact voting that of the least sure span. Raises Refused."""
    name = method.lower().replace("-", "_")
    texts = _texts(path, table, notation, known, drawn, tell)
    names = sorted({annotator for text in texts.values() for annotator in text.answers})
    labels = sorted({span[2] for text in texts.values() for marks in _all_marks(text) for span in marks.spans})
    answers = sum(len(text.answers) for text in texts.values())
    tell(f"{answers:,} marked texts by {len(names):,} annotators, {len(texts):,} texts; {len(labels):,} labels.")
    if SPAN_METHODS.get(name) == EXACT:
        return _exact(texts, names, notation)
    return _by_tokens(texts, names, labels, notation, name)


def _texts(
    path: Path, table: VoteTable, notation: Notation, known: KnownItems, drawn: Sequence[str], tell: Tell
) -> dict[str, _Text]:
    """By item, sorted. Cells that are no spans, or have other tokens than the text, are told and left out."""
    answers: dict[str, dict[str, Marks]] = {}
    wrong: dict[tuple[str, str], str] = {}
    for (item, annotator), cell in sorted(table.votes.items()):
        try:
            answers.setdefault(item, {})[annotator] = read_marks(cell, notation)
        except InvalidSpans as error:
            wrong[item, annotator] = str(error)
    for item, marked in answers.items():
        expected = _length(item, marked, known) if notation.has_tags else None
        for annotator, marks in list(marked.items()):
            if expected is not None and marks.length != expected:
                wrong[item, annotator] = f"It has {marks.length} tags, where the text has {expected} tokens."
                del marked[annotator]
    _tell_wrong(path, wrong, tell)
    truths = {item: _truth(item, known, notation) for item in drawn}
    found = {
        item: _Text(marked, _cuts(item, marked, known, notation, truths.get(item)), truths.get(item))
        for item, marked in answers.items()
        if marked
    }
    if not found:
        raise Refused(f"{path.name} has no spans that can be read.")
    return found


def _length(item: str, marked: dict[str, Marks], known: KnownItems) -> int | None:
    """Tokens of a text: of the file of items, or as most annotators have it."""
    if item in known.tokens:
        return len(known.tokens[item])
    lengths = [marks.length or 0 for marks in marked.values()]
    return max(sorted(set(lengths)), key=lengths.count, default=None)


def _truth(item: str, known: KnownItems, notation: Notation) -> Marks:
    try:
        return read_marks(known.gold[item])
    except InvalidSpans as error:
        raise Refused(f"The gold answer of item {item} holds no spans: {error}") from error


def _cuts(
    item: str, marked: dict[str, Marks], known: KnownItems, notation: Notation, truth: Marks | None
) -> list[tuple[int, int]]:
    everybody = [*marked.values(), *([] if truth is None else [truth])]
    if notation.has_tags:
        length = _length(item, marked, known) or 0
        return [(place, place + 1) for place in range(length)]
    text = known.texts.get(item)
    edges = {0} | {edge for marks in everybody for start, end, _ in marks.spans for edge in (start, end)}
    if text is None:
        # Without the text, its tokens are the stretches on which all annotators say one thing throughout.
        edges |= {len(known.tokens[item])} if item in known.tokens else set()
    else:
        edges |= {edge for word in WORD.finditer(text) for edge in word.span()}
    pieces = pairwise(sorted(edges))
    return [(start, end) for start, end in pieces if text is None or text[start:end].strip() or start >= len(text)]


def _all_marks(text: _Text) -> list[Marks]:
    return [*text.answers.values(), *([] if text.known is None else [text.known])]


def _tell_wrong(path: Path, wrong: dict[tuple[str, str], str], tell: Tell) -> None:
    """Where in the file the rows are is looked up only when there are such rows."""
    if not wrong:
        return
    lines: dict[tuple[str, str], int] = {}
    rows = Csv().read(path)
    try:
        for row in rows:
            if isinstance(row, Row):
                key = str(row.values.get("item_id", "")).strip(), str(row.values.get("annotator", "")).strip()
                if key in wrong:
                    lines[key] = row.line
    finally:
        rows.close()
    in_order = sorted(wrong, key=lambda key: lines.get(key, 0))
    tell_first(tell, [f"Line {lines.get(key, 0)} is left out: {wrong[key]}" for key in in_order])


def _by_tokens(
    texts: dict[str, _Text], names: list[str], labels: list[str], notation: Notation, method: str
) -> Iterator[Sequence[object]]:
    fitter: Fitter = token_dawid_skene
    if method not in MEANS_TOKENS and method not in SPAN_METHODS:
        try:
            fitter = method_of(method).fitter
        except KeyError:
            raise Refused(f"“{method}” is no method for spans. There are {', '.join(SPAN_METHODS)}.") from None
    items = list(texts)
    label_of = {label: place for place, label in enumerate(labels)}
    name_of = {name: place for place, name in enumerate(names)}
    rows = [
        (place, name_of[who], marks) for place, item in enumerate(items) for who, marks in texts[item].answers.items()
    ]
    tags = {place: _tags(texts[item].known, texts[item], label_of) for place, item in enumerate(items)}
    problem = Texts(
        lengths=np.array([len(texts[item].cuts) for item in items], np.int64),
        texts=np.array([place for place, _, _ in rows], np.int64),
        annotators=np.array([who for _, who, _ in rows], np.int32),
        tags=[_tags(marks, texts[items[place]], label_of) for place, _, marks in rows],
        annotator_count=len(names),
        label_count=len(labels),
        known={place: each for place, each in tags.items() if texts[items[place]].known is not None},
    )
    try:
        tagged = token_spans(problem, fitter)
    except (TooManyLabels, ValueError) as error:
        raise Refused(str(error)) from error
    yield ["item_id", "label", "posterior", "anchored"]
    for place, item in enumerate(items):
        text = texts[item]
        spans = [
            (text.cuts[start][0], text.cuts[end - 1][1], labels[label])
            for start, end, label in spans_of(tagged.tags[place])
        ]
        yield _row(item, Marks(tuple(spans), len(text.cuts)), float(tagged.sureness[place]), text, notation)


def _tags(marks: Marks | None, text: _Text, label_of: dict[str, int]) -> np.ndarray:
    """[tokens] of one text."""
    if marks is None:
        return np.zeros(0, np.int32)
    starts = {start: place for place, (start, _) in enumerate(text.cuts)}
    ends = {end: place + 1 for place, (_, end) in enumerate(text.cuts)}
    inside = [(starts.get(start), ends.get(end), label_of[label]) for start, end, label in marks.spans]
    whole = [(start, end, label) for start, end, label in inside if start is not None and end is not None]
    return tags_of(whole, len(text.cuts))


def _exact(texts: dict[str, _Text], names: list[str], notation: Notation) -> Iterator[Sequence[object]]:
    name_of = {name: place for place, name in enumerate(names)}
    answers: list[list[tuple[int, frozenset[Span]]]] = [
        [(name_of[who], frozenset(marks.spans)) for who, marks in text.answers.items()] for text in texts.values()
    ]
    weights = weigh(answers, len(names))
    yield ["item_id", "label", "posterior", "anchored"]
    for (item, text), said in zip(texts.items(), answers, strict=True):
        voted = exact_spans([(spans, weights[who]) for who, spans in said])
        yield _row(item, Marks(tuple(voted.spans), len(text.cuts)), voted.sureness, text, notation)


def _row(item: str, marks: Marks, sureness: float, text: _Text, notation: Notation) -> Sequence[object]:
    if text.known is not None:
        marks, sureness = replace(text.known, length=len(text.cuts)), 1.0
    return [item, write_marks(marks, notation), repr(sureness), int(text.known is not None)]
