"""Distillation, run: a general model writes texts of each label, they are filtered and checked, learners learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from annotation.llms import ModelError, Prompt
from annotation.llms.base import Sampling
from annotation.synthesis.base import Candidate
from annotation.synthesis.filters.registry import FILTERS

from .base import Dataset, Example, Value, Work
from .chance import spelled
from .distill import ARMS
from .drawing_lots import drawn, of_each, sizes_of
from .learners import LEARNERS, frozen_head, likeliest, right
from .recipes import FIELD, QUESTION, company_of

INSTRUCTIONS = "{guidelines}Here are {count} texts that are labelled “{label}”:\n\n{shown}\n\nWrite one more such text."
SHOWN_CHARACTERS = 300
# Replies are asked for batch by batch, so that whoever cancels does not wait for all of them.
BATCH = 16


def run(work: Work) -> Value:
    """Seed by seed: write, sift and learn; then learn from more and more real texts, to compare with."""
    given, data = work.parameters, work.examples
    sizes = sizes_of(given["sizes"], len(data.train))
    cells: dict[str, list[str]] = {}
    yields: list[Value] = []
    for seed in range(work.seeds):
        shown = of_each(data.train, given["shown"], seed=seed)
        sifted = work.once(f"{seed}/write", lambda: _sifted(work, data, shown, seed))  # noqa: B023
        yields.append({key: each for key, each in sifted.items() if key != "texts"})
        sets: dict[str, list[Example]] = {arm: [Example(*pair) for pair in sifted["texts"][arm]] for arm in ARMS[1:4]}
        sets["shown"] = [example for examples in shown.values() for example in examples]
        sets["both"] = [*sets["shown"], *sets["checked"]]
        sets |= {f"real {size}": drawn(data.train, size, seed=seed) for size in sizes}
        for learner, name in product(given["learners"], sets):
            found = work.once(f"{seed}/{learner}/{name}", lambda: _learned(work, learner, sets[name], seed))  # noqa: B023
            cells.setdefault(f"{learner}/{name}", []).append(found)
    return {
        "cells": cells,
        "yields": yields,
        "sizes": sizes,
        "learners": list(given["learners"]),
        "shown": given["shown"],
        "data": data.told,
    }


def _learned(work: Work, learner: str, examples: Sequence[Example], seed: int) -> str:
    """Which test texts are right. Who has seen one label alone says it of every text; who has seen none, none."""
    data = work.examples
    known = {example.label for example in examples}
    if len(known) > 1:
        found = LEARNERS[learner](work, examples, seed)
    else:
        only = data.labels.index(known.pop()) if known else -1
        found = np.full(len(data.test), only)
    return spelled(right(work, found))


def _sifted(work: Work, data: Dataset, shown: Mapping[str, Sequence[Example]], seed: int) -> Value:
    """What was written and what became of it: counts, and the texts with their intended labels after each step."""
    asked, written, failed = 0, [], Counter[str]()
    for label, examples in shown.items():
        for number, text in enumerate(_replies(work, data, label, examples, seed)):
            asked += 1
            if isinstance(text, ModelError):
                failed["model"] += 1
            elif not text:
                failed["unreadable"] += 1
            else:
                written.append(
                    Candidate({FIELD: text}, "write", answers={QUESTION: label}, metadata={"number": number})
                )
    known = [example for examples in shown.values() for example in examples]
    kept, dropped = _filtered(work, data, known, written)
    checked, measured = _checked(work, data, kept)
    texts = {"written": written, "filtered": kept, "checked": checked}
    return {
        "funnel": {"asked": asked, "written": len(written), "filtered": len(kept), "checked": len(checked)},
        "failed": dict(failed),
        "dropped": dict(dropped),
        "labels": {label: _of_label(texts, label) for label in data.labels},
        "reviewer": measured,
        "texts": {name: [_pair(candidate) for candidate in some] for name, some in texts.items()},
    }


def _replies(work: Work, data: Dataset, label: str, examples: Sequence[Example], seed: int) -> list[str | ModelError]:
    """One text per request. Each batch is shown the examples in another order, which is most of the variety."""
    found: list[str | ModelError] = []
    wanted = work.parameters["texts"]
    for start in range(0, wanted, BATCH):
        order = np.random.default_rng([seed, start]).permutation(len(examples))
        shown = "\n".join(f"- {examples[place].text[:SHOWN_CHARACTERS]}" for place in order)
        guidelines = f"{data.guidelines[:2_000]}\n\n" if data.guidelines and work.parameters["guidelines"] else ""
        told = INSTRUCTIONS.format(guidelines=guidelines, count=len(examples), label=label, shown=shown)
        prompts = [Prompt(told, lead="- ")] * min(BATCH, wanted - start)
        sampling = Sampling(work.parameters["temperature"], seed=seed * 10_000 + start)
        replies = work.writer.generate(prompts, max_tokens=work.parameters["tokens"], sampling=sampling)
        found += [reply if isinstance(reply, ModelError) else _first_line(reply.text) for reply in replies]
        work.pulse()
    return found


def _first_line(reply: str) -> str:
    """The text without the sign of the list; empty where there is none."""
    return next((line for each in reply.splitlines() if (line := each.strip().lstrip("-*• ").strip())), "")


def _filtered(
    work: Work, data: Dataset, known: Sequence[Example], written: Sequence[Candidate]
) -> tuple[list[Candidate], Counter[str]]:
    """Through the recipes' own filters: (those that passed all, how many each left out)."""
    company, kept, dropped = company_of(data, known), [], Counter[str]()
    for candidate in written:
        verdicts = (FILTERS[name].judge(candidate, company) for name in work.parameters["filters"])
        failed = next((verdict for verdict in verdicts if not verdict.passed), None)
        if failed:
            dropped[failed.filter] += 1
        else:
            kept.append(candidate)
            company.pool.append(str(candidate.fields[FIELD]))
        work.pulse()
    return kept, dropped


def _checked(work: Work, data: Dataset, candidates: Sequence[Candidate]) -> tuple[list[Candidate], Value]:
    """Those whose blind label is the intended one. The reviewer is simulated: a head that learned from all real texts.

    Returns with it how good the reviewer is, on texts that it has not seen.
    """
    head = frozen_head(work, data.train)
    of_test = likeliest(work, head, [example.text for example in data.test])
    measured = {"accuracy": float(right(work, of_test).mean()), "learned_from": len(data.train)}
    if not candidates:
        return [], measured
    said = [data.labels[place] for place in likeliest(work, head, [str(each.fields[FIELD]) for each in candidates])]
    return [each for each, label in zip(candidates, said, strict=True) if each.answers[QUESTION] == label], measured


def _of_label(texts: Mapping[str, Sequence[Candidate]], label: str) -> dict[str, int]:
    return {name: sum(each.answers[QUESTION] == label for each in some) for name, some in texts.items()}


def _pair(candidate: Candidate) -> list[Any]:
    return [candidate.fields[FIELD], candidate.answers[QUESTION]]
