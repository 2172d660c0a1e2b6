"""STaR: does a model that learns from its own right reasoning get better, and what does it learn to get wrong?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import CellValue, Column, Curve, Experiment, Funnel, Measured, Parameters, Plot, Report, Table, Value
from .chance import gain, separated, share
from .writing import points, shown_share

ARMS = ("plain", "hints", "checked")
# A person who checks steps, as simulated: of invalid rationales they find 90 %, of valid ones they refuse 3 %.
REVIEWER = {"reads": 0.3, "finds": 0.9, "false_alarms": 0.03}
TINY = {
    "pupil": "tiny",
    "problem_steps": (2, 3, 4),
    "examples": 100,
    "arms": ARMS,
    "reviewer": REVIEWER,
    "short": 3_000,
    "fact_steps": 300,
    "base_steps": 600,
}
SMALL: Parameters = {**TINY, "train": 1_000, "test": 300, "rounds": 3, "steps": 400}
FULL: Parameters = {**TINY, "train": 2_000, "test": 500, "rounds": 5, "steps": 800}
# The bundled model with low-rank adapters: hours on two cores.
BUNDLED: Parameters = {
    "pupil": "adapter",
    "problem_steps": (1, 2),
    "examples": 20,
    "shown": 4,
    "arms": ("plain", "hints"),
    "reviewer": REVIEWER,
    "train": 200,
    "test": 100,
    "rounds": 2,
    "steps": 100,
}


def steps(parameters: Parameters, seeds: int) -> int:
    return seeds * (3 + len(parameters["arms"]) * parameters["rounds"])


def present(value: Value) -> Report:
    runs, arms = value["runs"], value["arms"]
    rounds = len(runs[0][arms[0]])
    accuracy = {
        (arm, number): share([run[arm][number]["right"] for run in runs]) for arm in arms for number in range(rounds)
    }
    base, again, direct = (share([run[name]["right"] for run in runs]) for name in ("base", "again", "direct"))
    titles = _titles()
    return Report(
        findings=tuple(_findings(runs, arms, rounds)),
        tables=(_accuracies(runs, arms, rounds), _kept(runs, arms, rounds), _reviews(runs, arms, rounds)),
        plots=(
            Plot(
                _("Test problems answered rightly"),
                _("Round"),
                _("Right"),
                (
                    *(
                        Curve(
                            titles[arm],
                            ((0.0, base), *((number + 1.0, accuracy[arm, number]) for number in range(rounds))),
                        )
                        for arm in arms
                    ),
                    Curve(
                        titles["again"],
                        ((0.0, Measured(again.value)), (float(rounds), Measured(again.value))),
                        dashed=True,
                    ),
                    Curve(
                        titles["direct"],
                        ((0.0, Measured(direct.value)), (float(rounds), Measured(direct.value))),
                        dashed=True,
                    ),
                ),
            ),
        ),
        funnels=tuple(_funnel(runs, arm, rounds - 1, value["train"]) for arm in arms if arm != "plain"),
        method=tuple(_method(value)),
    )


def _titles() -> dict[str, str]:
    return {
        "base": _("Base"),
        "direct": _("Answers alone"),
        "again": _("Examples alone"),
        "plain": _("Own reasoning"),
        "hints": _("With hints"),
        "checked": _("With hints, steps checked"),
    }


def _findings(runs: Sequence[Mapping[str, Any]], arms: Sequence[str], rounds: int) -> list[str]:
    """What the figures say, whichever way they turned out."""
    titles, found = _titles(), []
    base = [run["base"]["right"] for run in runs]
    for arm in arms:
        last = [run[arm][-1]["right"] for run in runs]
        risen = gain(last, base)
        words = {
            1: _("“%(arm)s”: right answers rose from %(before)s to %(after)s by round %(rounds)s (%(gain)s)."),
            0: _("“%(arm)s”: %(before)s before and %(after)s in round %(rounds)s; that can be chance (%(gain)s)."),
            -1: _("“%(arm)s”: right answers fell from %(before)s to %(after)s by round %(rounds)s (%(gain)s)."),
        }[separated(risen)]
        told = {"before": shown_share(share(base).value), "after": shown_share(share(last).value)}
        found.append(words % {"arm": titles[arm], "rounds": rounds, "gain": points(risen), **told})
        over = gain(last, [run["again"]["right"] for run in runs])
        words = {
            1: _("“%(arm)s” against as much training on the base’s own examples: %(gain)s, from what it wrote itself."),
            0: _("“%(arm)s” against as much training on the base’s own examples: %(gain)s, which can be chance."),
            -1: _("“%(arm)s” against as much training on the base’s own examples: %(gain)s, so it did harm."),
        }[separated(over)]
        found.append(words % {"arm": titles[arm], "gain": points(over)})
    if {"plain", "hints"} <= set(arms):
        hinted = gain([run["hints"][-1]["right"] for run in runs], [run["plain"][-1]["right"] for run in runs])
        words = {
            1: _("Hints helped: %(gain)s over own reasoning in the last round."),
            0: _("Whether hints helped is not settled: %(gain)s over own reasoning in the last round."),
            -1: _("Hints did harm: %(gain)s over own reasoning in the last round."),
        }[separated(hinted)]
        found.append(words % {"gain": points(hinted)})
        own, helped = _summed(runs, "hints", rounds, "own"), _summed(runs, "hints", rounds, "hinted")
        if own[0] and helped[0]:
            found.append(
                _(
                    "Of kept rationales with a right answer, %(own)s of those without and %(hinted)s of those with a "
                    "hint are not valid reasoning."
                )
                % {"own": shown_share(1 - own[1] / own[0]), "hinted": shown_share(1 - helped[1] / helped[0])}
            )
    return found


def _accuracies(runs: Sequence[Mapping[str, Any]], arms: Sequence[str], rounds: int) -> Table:
    titles = _titles()
    before = [run["base"]["right"] for run in runs]
    rows: list[tuple[CellValue, ...]] = []
    for name in ("base", "again", "direct"):
        right = [run[name]["right"] for run in runs]
        gained = gain(right, before) if name != "base" else None
        # Who says nothing but an answer gives no reasons.
        valid = share([run[name]["valid"] for run in runs]) if name != "direct" else None
        rows.append((titles[name], None, share(right), gained, valid))
    for arm in arms:
        for number in range(rounds):
            right = [run[arm][number]["right"] for run in runs]
            valid = share([run[arm][number]["valid"] for run in runs])
            rows.append((titles[arm], number + 1, share(right), gain(right, before), valid))
    columns = (
        Column(_("What it learned from")),
        Column(_("Round"), "count"),
        Column(_("Right"), "share"),
        Column(_("Gain over the base"), "points"),
        Column(_("Right by valid reasoning"), "share"),
    )
    return Table(_("Right answers by round"), columns, tuple(rows))


def _kept(runs: Sequence[Mapping[str, Any]], arms: Sequence[str], rounds: int) -> Table:
    rows: list[tuple[str | int | float | None, ...]] = []
    for arm in arms:
        for number in range(rounds):
            own, hinted = (_added(run[arm][number]["kept"][sort] for run in runs) for sort in ("own", "hinted"))
            shares = [(sort[0] - sort[1]) / sort[0] if sort[0] else None for sort in (own, hinted)]
            rows.append((_titles()[arm], number + 1, own[0], shares[0], hinted[0], shares[1]))
    columns = (
        Column(_("What it learned from")),
        Column(_("Round"), "count"),
        Column(_("Kept without a hint"), "count"),
        Column(_("Of these not valid"), "share"),
        Column(_("Kept with a hint"), "count"),
        Column(_("Of these not valid"), "share"),
    )
    return Table(
        _("Rationales that were kept because their answer is right"),
        columns,
        tuple(rows),
        _("Valid: every equation holds, every number has a source, and the steps work with other numbers too."),
    )


def _reviews(runs: Sequence[Mapping[str, Any]], arms: Sequence[str], rounds: int) -> Table:
    rows: list[tuple[str | int | float | None, ...]] = []
    for arm in arms:
        checks = [run[arm][number]["review"] for run in runs for number in range(rounds)]
        total = {key: sum(check[key] for check in checks) for key in checks[0]}
        shares = [total[key] / total["invalid"] if total["invalid"] else None for key in ("hinted_first", "drawn")]
        rows.append((_titles()[arm], total["read"], total["invalid"], *shares, total["wrongly"]))
    columns = (
        Column(_("What it learned from")),
        Column(_("Rationales read"), "count"),
        Column(_("Invalid among all kept"), "count"),
        Column(_("Found, hinted first"), "share"),
        Column(_("Found, in an order by lot"), "share"),
        Column(_("Valid ones refused"), "count"),
    )
    return Table(_("What people's step checks would find"), columns, tuple(rows), _("The people are simulated."))


def _funnel(runs: Sequence[Mapping[str, Any]], arm: str, number: int, problems: int) -> Funnel:
    """Of the last round, all seeds together."""
    last = [run[arm][number] for run in runs]
    own, hinted = (_added(each["kept"][sort] for each in last) for sort in ("own", "hinted"))
    taught = _added(each["taught"] for each in last)
    return Funnel(
        _("Yield of the last round: %(arm)s") % {"arm": _titles()[arm]},
        (
            (_("Problems"), problems * len(runs)),
            (_("Answer right"), own[0] + hinted[0]),
            (_("Learned from"), taught[0]),
            (_("Of these valid"), taught[1]),
        ),
    )


def _method(value: Value) -> list[str]:
    reviewer = value["reviewer"]
    return [
        _(
            "Word problems of %(steps)s steps, made by a program that also checks every step: %(train)s to learn from, "
            "of which only the answers are given, and %(test)s others to test on."
        )
        % {"steps": ", ".join(map(str, value["problem_steps"])), "train": value["train"], "test": value["test"]},
        _(
            "Each round, the model of the round before writes a rationale for every problem; those whose answer is "
            "right are kept, and the base is taught with them anew. With hints, it tries again with the answer before "
            "it where it was wrong; the hint is removed from what is kept."
        ),
        _(
            "Simulated people read %(reads)s of the kept rationales. Of invalid ones they find %(finds)s, of valid "
            "ones they refuse %(alarms)s. Where steps are checked, what they refuse is not learned from."
        )
        % {
            "reads": shown_share(reviewer["reads"]),
            "finds": shown_share(reviewer["finds"]),
            "alarms": shown_share(reviewer["false_alarms"]),
        },
        _(
            "Examples alone: the base taught for as many steps with the worked examples that it had from the start. "
            "Answers alone: with the answers of the problems, and no reasoning."
        ),
        _("Intervals are 95 %, over seeds and test problems at once; gains are paired."),
    ]


def _summed(runs: Sequence[Mapping[str, Any]], arm: str, rounds: int, sort: str) -> list[int]:
    return _added(run[arm][number]["kept"][sort] for run in runs for number in range(rounds))


def _added(pairs: Any) -> list[int]:
    return [sum(each) for each in zip(*pairs, strict=True)]


STAR = Experiment(
    name="star",
    title=gettext_noop("STaR: learning from one's own reasoning"),
    summary=gettext_noop(
        "A small model solves word problems, learns from the solutions that came out right, and does so again: with "
        "and without being told the answer, and with people who check the steps."
    ),
    paper="Zelikman et al. 2022, arXiv:2203.14465",
    version=1,
    settings={"small": SMALL, "full": FULL, "bundled": BUNDLED},
    seeds={"small": 1, "full": 5, "bundled": 1},
    steps=steps,
    running="annotation.experiments.star_running",
    present=present,
    minutes={"small": 8, "full": 120, "bundled": 90},
)
