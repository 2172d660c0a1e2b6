"""STaR, run: problems, a base, and rounds of writing, keeping what is right, and teaching the base anew."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

from .base import Value, Work
from .chance import spelled
from .problems import check, make_problems
from .pupils import PUPILS, Pupil, asked

# A kept rationale, as it is stored: the place of its problem, its text, whether a hint was given.
Kept = list[Any]
# What has no part in how a base is made.
LATER = ("arms", "rounds", "steps", "reviewer")
_bases: dict[str, Pupil] = {}


def run(work: Work) -> Value:
    """Every arm from the same base and problems, seed by seed."""
    runs = []
    for seed in range(work.seeds):
        school = _School(work, seed)
        found: dict[str, Any] = {
            "base": work.once(f"{seed}/base", school.examine_base),
            "direct": work.once(f"{seed}/direct", school.teach_directly),
            "again": work.once(f"{seed}/again", school.teach_again),
        }
        for arm in work.parameters["arms"]:
            rounds: list[Value] = []
            for number in range(work.parameters["rounds"]):
                before = rounds[-1]["lessons"] if rounds else None
                rounds.append(work.once(f"{seed}/{arm}/{number}", lambda: school.go_round(arm, number, before)))  # noqa: B023
            found[arm] = [{key: each[key] for key in each if key != "lessons"} for each in rounds]
        runs.append(found)
    told = ("arms", "reviewer", "train", "test", "problem_steps")
    return {"runs": runs, **{name: work.parameters[name] for name in told}}


class _School:
    """One seed: its problems, its base, and the pupils that were taught from it."""

    def __init__(self, work: Work, seed: int) -> None:
        given = work.parameters
        self.work, self.seed = work, seed
        shown, train, test = given["examples"], given["train"], given["test"]
        problems = make_problems(shown + train + test, seed=seed, steps=given["problem_steps"])
        self.shown, self.train, self.test = problems[:shown], problems[shown : shown + train], problems[shown + train :]
        self._taught: tuple[str, Pupil] | None = None

    @property
    def base(self) -> Pupil:
        """Made when it is first asked for; the last one of this process is remembered, for the next turn."""
        given = self.work.parameters
        key = json.dumps([self.seed, {name: given[name] for name in given if name not in LATER}], sort_keys=True)
        if key not in _bases:
            born = PUPILS[given["pupil"]](self.shown, given, seed=self.seed, pulse=self.work.pulse)
            _bases.clear()
            _bases[key] = born
        return _bases[key]

    def examine_base(self) -> Value:
        return self._examined(self.base)

    def teach_directly(self) -> Value:
        """The base taught to say the answer and nothing else."""
        pairs = [(asked(problem), f"answer {problem.answer}") for problem in self.train]
        pupil = self.base.learn(pairs, steps=self.work.parameters["steps"], seed=self.seed, pulse=self.work.pulse)
        return self._examined(pupil)

    def teach_again(self) -> Value:
        """The base taught for as long with nothing new: what the others gain over this, they gain from rationales."""
        steps, seed = self.work.parameters["steps"], self.seed
        return self._examined(self.base.learn([], steps=steps, seed=seed, pulse=self.work.pulse))

    def go_round(self, arm: str, number: int, before: Sequence[Kept] | None) -> Value:
        """One round: what the last round's pupil writes is kept where it is right, and the base is taught with it."""
        writer = self.base if before is None else self._pupil(f"{arm} {number - 1}", number - 1, before)
        kept = self._kept(writer, hints=arm != "plain")
        own, hinted = ([each for each in kept if each[2] is told] for told in (False, True))
        sorts = {"own": self._tally(own), "hinted": self._tally(hinted)}
        checked = self._check_steps(kept, number)
        if arm == "checked":
            refused = set(checked.pop("refused"))
            kept = [each for place, each in enumerate(kept) if place not in refused]
        else:
            del checked["refused"]
        examined = self._examined(self._pupil(f"{arm} {number}", number, kept))
        return {**examined, "kept": sorts, "taught": self._tally(kept), "review": checked, "lessons": kept}

    def _pupil(self, name: str, number: int, kept: Sequence[Kept]) -> Pupil:
        """The base taught with what was kept. The one that was taught last is remembered."""
        if self._taught is None or self._taught[0] != name:
            # The hint is left out of what is learned from: who is asked later has none.
            pairs = [(asked(self.train[place]), text) for place, text, _ in kept]
            steps, seed = self.work.parameters["steps"], self.seed * 100 + number
            self._taught = name, self.base.learn(pairs, steps=steps, seed=seed, pulse=self.work.pulse)
        return self._taught[1]

    def _kept(self, writer: Pupil, *, hints: bool) -> list[Kept]:
        """Rationales with the right answer; where there was none, those that a hint helped to."""
        written = writer.write([asked(problem) for problem in self.train], self.work.pulse)
        right = [check(problem, text).right for problem, text in zip(self.train, written, strict=True)]
        kept: list[Kept] = [[place, written[place], False] for place, good in enumerate(right) if good]
        if hints:
            missed = [place for place, good in enumerate(right) if not good]
            helped = writer.write([asked(self.train[place], hint=True) for place in missed], self.work.pulse)
            for place, text in zip(missed, helped, strict=True):
                if check(self.train[place], text).right:
                    kept.append([place, text, True])
        return kept

    def _tally(self, kept: Sequence[Kept]) -> list[int]:
        """[how many, how many of them valid]"""
        return [len(kept), sum(check(self.train[place], text).valid for place, text, _ in kept)]

    def _check_steps(self, kept: Sequence[Kept], number: int) -> Value:
        """What simulated people find who check the steps of some, hinted ones first, and what in an order by lot."""
        reviewer, draw = self.work.parameters["reviewer"], random.Random(f"{self.seed} {number}")
        valid = [check(self.train[place], text).valid for place, text, _ in kept]
        refuses = [draw.random() < (reviewer["false_alarms"] if good else reviewer["finds"]) for good in valid]
        orders = {"drawn": draw.sample(range(len(kept)), len(kept))}
        orders["hinted_first"] = sorted(orders["drawn"], key=lambda place: not kept[place][2])
        read = round(reviewer["reads"] * len(kept))
        found = {
            name: sum(refuses[place] and not valid[place] for place in order[:read]) for name, order in orders.items()
        }
        refused = [place for place in orders["hinted_first"][:read] if refuses[place]]
        wrongly = sum(valid[place] for place in refused)
        return {"read": read, "invalid": len(valid) - sum(valid), **found, "wrongly": wrongly, "refused": refused}

    def _examined(self, pupil: Pupil) -> Value:
        """Which test problems it answers rightly, and which of them by valid reasoning."""
        written = pupil.write([asked(problem) for problem in self.test], self.work.pulse)
        checks = [check(problem, text) for problem, text in zip(self.test, written, strict=True)]
        return {"right": spelled([each.right for each in checks]), "valid": spelled([each.valid for each in checks])}
