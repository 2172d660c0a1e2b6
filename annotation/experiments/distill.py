"""Distillation: how many real texts are those worth that a general model writes?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import exp, log

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop, number
from annotation.synthesis.filters.registry import FILTERS

from .base import CellValue, Column, Curve, Experiment, Funnel, Measured, Parameters, Plot, Report, Table, Value
from .chance import gain, separated, share
from .writing import learner_titles, points, shown_share

# What is learned from: the texts that the writer was shown; all it wrote, what filters left of it, and what the blind
# check left of that; and this beside the shown ones.
ARMS = ("shown", "written", "filtered", "checked", "both")
# Of a recipe's filters those that ask what a text is like; its author is no stranger whose data would need protecting.
CHOSEN = ("empty", "refusal", "length", "repetition", "copied", "near_duplicate", "label_named", "contamination")
WRITING = {"shown": 8, "temperature": 0.9, "tokens": 48, "filters": CHOSEN, "guidelines": False}
SMALL: Parameters = {
    **WRITING, "texts": 32, "learners": ("words", "frozen"), "sizes": (25, 50, 100, 250, 500, 1_000), "tuning_steps": 0,
}  # fmt: skip
FULL: Parameters = {
    **WRITING, "texts": 128, "learners": ("words", "frozen", "tuned"), "sizes": (25, 50, 100, 250, 500, 1_000, 2_000),
    "tuning_steps": 300,
}  # fmt: skip


def steps(parameters: Parameters, seeds: int) -> int:
    """At most: of data that has fewer texts than the sizes, fewer are done."""
    return seeds * (1 + len(parameters["learners"]) * (len(ARMS) + len(parameters["sizes"])))


def present(value: Value) -> Report:
    return Report(
        findings=tuple(_findings(value)),
        tables=(_accuracies(value), _by_label(value), _dropped(value)),
        plots=tuple(_plot(value, learner) for learner in value["learners"]),
        funnels=(_funnel(value),),
        method=tuple(_method(value)),
    )


def worth(curve: Sequence[tuple[int, float]], accuracy: float) -> tuple[float, int]:
    """(how many real texts give this accuracy, 0), between two points of the curve by the logarithm of their number;
    (the nearest end, −1 or +1) where it is below or above the whole curve.

    The curve is made rise first: an accuracy that more texts lost was chance.
    """
    risen: list[tuple[int, float]] = []
    for size, found in curve:
        risen.append((size, max(found, risen[-1][1] if risen else found)))
    if accuracy < risen[0][1]:
        return risen[0][0], -1
    for (fewer, low), (more, high) in pairwise(risen):
        if low <= accuracy < high:
            return exp(log(fewer) + (log(more) - log(fewer)) * (accuracy - low) / (high - low)), 0
    return risen[-1][0], 1


def _arms() -> dict[str, str]:
    return {
        "shown": _("The texts that the model was shown"),
        "written": _("All that it wrote"),
        "filtered": _("What filters left"),
        "checked": _("What the blind check left"),
        "both": _("Shown and checked together"),
    }


def _findings(value: Value) -> list[str]:
    found = []
    for learner in value["learners"]:
        both, shown = value["cells"][f"{learner}/both"], value["cells"][f"{learner}/shown"]
        gained = gain(both, shown)
        words = {
            1: _("%(learner)s: with the checked texts beside those that were shown, it got better: %(gain)s."),
            0: _("%(learner)s: the checked texts made no difference that could not be chance: %(gain)s."),
            -1: _("%(learner)s: with the checked texts it got worse: %(gain)s."),
        }[separated(gained)]
        found.append(words % {"learner": learner_titles()[learner], "gain": points(gained)})
        accuracy = share(value["cells"][f"{learner}/checked"]).value
        count = round(_mean(each["funnel"]["checked"] for each in value["yields"]))
        found.append(
            _("%(learner)s: %(count)s checked texts alone are worth %(worth)s real ones.")
            % {"learner": learner_titles()[learner], "count": number(count), "worth": _worth(value, learner, accuracy)}
        )
    kept, made = (sum(each["funnel"][key] for each in value["yields"]) for key in ("checked", "filtered"))
    if made:
        found.append(
            _("Of the texts that passed the filters, the blind check gave %(share)s the label they were written for.")
            % {"share": shown_share(kept / made)}
        )
    return found


def _worth(value: Value, learner: str, accuracy: float) -> str:
    """In words: “about 120”, “fewer than 25”."""
    size, beyond = worth(
        [(size, share(value["cells"][f"{learner}/real {size}"]).value) for size in value["sizes"]], accuracy
    )
    told = {"count": number(round(size))}
    if beyond < 0:
        return _("fewer than %(count)s") % told
    return _("at least %(count)s") % told if beyond > 0 else _("about %(count)s") % told


def _accuracies(value: Value) -> Table:
    rows: list[tuple[CellValue, ...]] = []
    counts = _counts(value)
    for learner in value["learners"]:
        shown = value["cells"][f"{learner}/shown"]
        for arm in ARMS:
            runs = value["cells"][f"{learner}/{arm}"]
            found = share(runs)
            gained = gain(runs, shown) if arm != "shown" else None
            rows.append(
                (
                    learner_titles()[learner],
                    _arms()[arm],
                    counts[arm],
                    found,
                    gained,
                    _worth(value, learner, found.value),
                )
            )
        for size in value["sizes"]:
            real = share(value["cells"][f"{learner}/real {size}"])
            rows.append((learner_titles()[learner], _("Real texts"), size, real, None, number(size)))
    columns = (
        Column(_("Learner")),
        Column(_("Learned from")),
        Column(_("Texts"), "count"),
        Column(_("Right on held-out real texts"), "share"),
        Column(_("Gain over the shown texts"), "points"),
        Column(_("Worth in real texts")),
    )
    return Table(_("What each training set is worth"), columns, tuple(rows))


def _counts(value: Value) -> dict[str, int]:
    """Texts per seed, on average."""
    made = {
        name: _mean(each["funnel"][name] for each in value["yields"]) for name in ("written", "filtered", "checked")
    }
    shown = float(value["shown"] * len(value["data"]["labels"]))
    return {arm: round(count) for arm, count in {**made, "shown": shown, "both": shown + made["checked"]}.items()}


def _by_label(value: Value) -> Table:
    rows = []
    for label in value["data"]["labels"]:
        counts = [
            sum(each["labels"][label][name] for each in value["yields"]) for name in ("written", "filtered", "checked")
        ]
        rows.append((label, *counts, counts[2] / counts[1] if counts[1] else None))
    columns = (
        Column(_("Label")),
        Column(_("Written"), "count"),
        Column(_("Past the filters"), "count"),
        Column(_("Past the blind check"), "count"),
        Column(_("Labelled as intended"), "share"),
    )
    return Table(_("Yield by label"), columns, tuple(rows), _("All seeds together."))


def _dropped(value: Value) -> Table:
    names = {name: _(FILTERS[name].title) for each in value["yields"] for name in each["dropped"] if name in FILTERS}
    rows = [(title, sum(each["dropped"].get(name, 0) for each in value["yields"])) for name, title in names.items()]
    rows.append((_("No reply"), sum(each["failed"].get("model", 0) for each in value["yields"])))
    rows.append((_("No text in the reply"), sum(each["failed"].get("unreadable", 0) for each in value["yields"])))
    columns = Column(_("Reason")), Column(_("Texts"), "count")
    return Table(_("What was left out, and why"), columns, tuple(rows), _("The first filter that a text fails counts."))


def _plot(value: Value, learner: str) -> Plot:
    real = tuple((float(size), share(value["cells"][f"{learner}/real {size}"])) for size in value["sizes"])
    first, last = real[0][0], real[-1][0]
    level = {arm: share(value["cells"][f"{learner}/{arm}"]) for arm in ("shown", "checked", "both")}
    curves = [Curve(_("Real texts"), real)]
    # A level across the whole plot, without its interval: where the real curve crosses it, is what it is worth.
    curves += [
        Curve(_arms()[arm], ((first, Measured(found.value)), (last, Measured(found.value))), dashed=True)
        for arm, found in level.items()
    ]
    return Plot(learner_titles()[learner], _("Real texts"), _("Right"), tuple(curves))


def _funnel(value: Value) -> Funnel:
    total = {key: sum(each["funnel"][key] for each in value["yields"]) for key in value["yields"][0]["funnel"]}
    return Funnel(
        _("Yield"),
        (
            (_("Asked for"), total["asked"]),
            (_("Written"), total["written"]),
            (_("Past the filters"), total["filtered"]),
            (_("Past the blind check"), total["checked"]),
        ),
    )


def _method(value: Value) -> list[str]:
    reviewer = value["yields"][0]["reviewer"]
    return [
        _(
            "The model is shown %(shown)s real texts of a label and writes one more, many times; the label is the one "
            "it was asked for. %(test)s other real texts are tested on."
        )
        % {"shown": number(value["shown"]), "test": number(value["data"]["test"])},
        _(
            "The blind check is simulated: a head on MiniLM that learned from all %(count)s real texts says what it "
            "would label each text, and is right about %(accuracy)s of the held-out ones. It has seen labels that the "
            "other arms have not, as people have; what it left is worth no more than such a check."
        )
        % {"count": number(reviewer["learned_from"]), "accuracy": shown_share(reviewer["accuracy"])},
        _("Intervals are 95 %, over seeds and test texts at once; gains are paired."),
    ]


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


DISTILL = Experiment(
    name="distill",
    title=gettext_noop("Distillation: learning from what a general model writes"),
    summary=gettext_noop(
        "A language model writes texts of every label; they are filtered and checked blind; small models learn from "
        "them, and are compared with what they learn from real texts."
    ),
    paper="Long et al. 2024, arXiv:2406.15126; Ye et al. 2022, arXiv:2202.07922",
    version=1,
    settings={"small": SMALL, "full": FULL},
    seeds={"small": 3, "full": 5},
    steps=steps,
    running="annotation.experiments.distill_running",
    present=present,
    minutes={"small": 6, "full": 90},
    needs_data=True,
    asks_model=True,
)
