"""Easy data augmentation: does it help, and whom?"""

from __future__ import annotations

from collections.abc import Sequence

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop, number

from .base import Column, Curve, Experiment, Forest, Funnel, Measured, Parameters, Plot, Report, Table, Value
from .chance import gain, separated, share
from .writing import learner_titles, points

LEARNERS = ("words", "frozen", "tuned")
METHODS = ("none", "synonyms", "eda")
SIZES = (100, 500, 2_000)
# `most`: texts that a learner is tried with. `variants` 0: as many as the paper recommends.
SMALL: Parameters = {
    "learners": LEARNERS, "methods": METHODS, "sizes": SIZES, "variants": 4, "tuning_steps": 60,
    "most": {"tuned": 500},
}  # fmt: skip
FULL: Parameters = {
    "learners": LEARNERS, "methods": METHODS, "sizes": SIZES, "variants": 0, "tuning_steps": 300, "most": {},
}  # fmt: skip
# Wei & Zou 2019, table 2: mean gain over five sets.
PUBLISHED = {500: 0.030, 2_000: 0.020}


def steps(parameters: Parameters, seeds: int) -> int:
    """At most: of data that has fewer texts than the sizes, fewer are done."""
    cells = sum(
        size <= parameters["most"].get(learner, size)
        for learner in parameters["learners"]
        for size in parameters["sizes"]
    )
    return cells * len(parameters["methods"]) * seeds


def present(value: Value) -> Report:
    learners, methods = learner_titles(), _methods()
    rows: list[tuple[str | int | Measured | None, ...]] = []
    forest: list[tuple[str, str, Measured]] = []
    gains: list[tuple[str, int, str, Measured]] = []
    for learner in value["learners"]:
        for size in value["sizes"]:
            base = value["cells"].get(f"{learner}/{size}/none")
            for method in value["methods"]:
                runs = value["cells"].get(f"{learner}/{size}/{method}")
                if not runs:
                    continue
                gained = gain(runs, base) if base and method != "none" else None
                rows.append((learners[learner], size, methods[method], share(runs), gained))
                if gained:
                    gains.append((learner, size, method, gained))
                    # What tells rows apart comes first: a chart cuts long names.
                    forest.append((f"{number(size)}: {learners[learner]}", methods[method], gained))
    columns = (
        Column(_("Learner")),
        Column(_("Real texts"), "count"),
        Column(_("Augmentation")),
        Column(_("Right on held-out real texts"), "share"),
        Column(_("Gain over none"), "points"),
    )
    return Report(
        findings=(*(_finding(value, *each) for each in gains), *_summary(gains)),
        tables=(Table(_("Accuracy with and without augmentation"), columns, tuple(rows)),),
        plots=tuple(_plot(value, learner) for learner in value["learners"]),
        forests=(Forest(_("Gain over no augmentation"), _("Points"), tuple(forest)),) if forest else (),
        funnels=_funnels(value),
        method=tuple(_method(value)),
    )


def _methods() -> dict[str, str]:
    return {"none": _("None"), "synonyms": _("Synonym replacement"), "eda": _("EDA, all four")}


def _finding(value: Value, learner: str, size: int, method: str, gained: Measured) -> str:
    words = {
        1: _("%(learner)s with %(size)s texts: %(method)s helped, %(gain)s."),
        0: _("%(learner)s with %(size)s texts: %(method)s made no difference that could not be chance, %(gain)s."),
        -1: _("%(learner)s with %(size)s texts: %(method)s did harm, %(gain)s."),
    }[separated(gained)]
    told = {"learner": learner_titles()[learner], "method": _methods()[method], "gain": points(gained)}
    return words % {"size": number(size), **told}


def _summary(gains: Sequence[tuple[str, int, str, Measured]]) -> list[str]:
    """Beside what was published, where that is about the same number of texts."""
    found = []
    for size, published in PUBLISHED.items():
        same = [gained.value for _learner, at, method, gained in gains if at == size and method == "eda"]
        if same:
            found.append(
                _("EDA at %(size)s texts, all learners: %(gain)s on average; the paper reports %(published)s.")
                % {
                    "size": number(size),
                    "gain": points(Measured(sum(same) / len(same))),
                    "published": points(Measured(published)),
                }
            )
    return found


def _plot(value: Value, learner: str) -> Plot:
    curves = []
    for method in value["methods"]:
        found = [
            (float(size), share(runs))
            for size in value["sizes"]
            if (runs := value["cells"].get(f"{learner}/{size}/{method}"))
        ]
        curves.append(Curve(_methods()[method], tuple(found), dashed=method == "none"))
    return Plot(learner_titles()[learner], _("Real texts"), _("Right"), tuple(curves))


def _funnels(value: Value) -> tuple[Funnel, ...]:
    found = []
    for method in value["methods"]:
        counted = [each for size in value["sizes"] for each in value["yields"].get(f"{size}/{method}", []) if each]
        if counted:
            total = {key: sum(each[key] for each in counted) for key in counted[0]}
            found.append(
                Funnel(
                    _("Yield: %(method)s") % {"method": _methods()[method]},
                    (
                        (_("Variants asked for"), total["asked"]),
                        (_("Made"), total["made"]),
                        (_("Learned from: no test text"), total["kept"]),
                    ),
                )
            )
    return tuple(found)


def _method(value: Value) -> list[str]:
    return [
        _(
            "The same real texts, drawn by the seed, are learned from alone and with variants of them; %(test)s other "
            "real texts are tested on. Only texts to learn from are augmented."
        )
        % {"test": number(value["data"]["test"])},
        _("The transformer is trained for the same number of steps with and without variants."),
        _("Intervals are 95 %, over seeds and test texts at once; gains are paired."),
    ]


EDA = Experiment(
    name="eda",
    title=gettext_noop("Easy data augmentation"),
    summary=gettext_noop(
        "Words replaced, put in, swapped and taken away: three learners with and without such variants of 100, 500 and "
        "2,000 of your texts, tested on texts that were held out."
    ),
    paper="Wei & Zou 2019, arXiv:1901.11196",
    version=1,
    settings={"small": SMALL, "full": FULL},
    seeds={"small": 5, "full": 10},
    steps=steps,
    running="annotation.experiments.eda_running",
    present=present,
    minutes={"small": 8, "full": 120},
    needs_data=True,
)
