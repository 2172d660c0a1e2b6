"""STaR, with a pupil whose work is known: what is kept, what a hint lets in, what the report says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from annotation.experiments import star_running
from annotation.experiments.base import Work
from annotation.experiments.problems import Problem, make_problems
from annotation.experiments.pupils import PUPILS, Pair, TinyPupil, asked
from annotation.experiments.star import STAR

PARAMETERS = {
    **STAR.settings["small"],
    "pupil": "honest",
    "problem_steps": (2, 3, 4),
    "examples": 4,
    "train": 40,
    "test": 20,
    "rounds": 2,
    "steps": 1,
}


class Honest:
    """Knows the solutions of so many problems by heart, one more lesson after another; with a hint it makes one up."""

    lessons: list[list[Pair]] = []

    def __init__(self, problems: Sequence[Problem], known: int) -> None:
        self.problems, self.known = problems, known

    def learn(self, pairs: Sequence[Pair], *, steps: int, seed: int, pulse: Callable[[], None]) -> Honest:
        self.lessons.append(list(pairs))
        return Honest(self.problems, len(self.problems) // 4 + len(pairs) // 4)

    def write(self, prompts: Sequence[str], pulse: Callable[[], None]) -> list[str]:
        solutions = {asked(problem): problem.rationale for problem in self.problems[: self.known]}
        answers = {asked(problem, hint=True): problem.answer for problem in self.problems}
        made_up = {prompt: f"{answer} + 0 = {answer} ; answer {answer}" for prompt, answer in answers.items()}
        return [solutions.get(prompt) or made_up.get(prompt) or "answer 0" for prompt in prompts]


@pytest.fixture
def value(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    Honest.lessons = []
    problems = make_problems(64, seed=0)
    by_lot = [*problems[4:44:2], *problems[44::2], *problems[5:44:2], *problems[45::2]]
    monkeypatch.setitem(PUPILS, "honest", lambda *args, **kwargs: Honest(by_lot, 16))
    work = Work(PARAMETERS, 1, lambda key, step: step(), lambda: None)
    assert STAR.steps(PARAMETERS, 1) == 3 + 3 * 2
    return star_running.run(work)


def test_what_is_right_is_kept_and_no_hint_is_learned(value: dict[str, Any]) -> None:
    [run] = value["runs"]
    plain, hints, checked = (run[arm][0] for arm in ("plain", "hints", "checked"))
    assert plain["kept"] == {"own": [16, 16], "hinted": [0, 0]}
    assert hints["kept"] == {"own": [16, 16], "hinted": [24, 0]}
    assert hints["taught"] == [40, 16]
    # People who check the steps, hinted ones first, keep some of the false ones out.
    assert checked["taught"][0] < 40
    assert hints["review"]["hinted_first"] > hints["review"]["drawn"]
    assert not any("hint" in given for pairs in Honest.lessons for given, _ in pairs)


def test_the_report_says_what_rose_and_what_hints_let_in(value: dict[str, Any]) -> None:
    report = STAR.present(value)
    found = " ".join(report.findings)
    assert "“With hints”: right answers rose" in found
    assert "0.0 % of those without and 100.0 % of those with a hint are not valid" in found
    assert [len(table.rows) for table in report.tables] == [9, 6, 3]
    assert report.funnels[0].steps[1][1] == report.funnels[0].steps[2][1]


def test_a_pupil_of_ours_learns_by_heart_what_it_is_taught_and_its_base_stays_as_it_was() -> None:
    problems = make_problems(4, seed=3, steps=(1,))
    parameters = {"short": 20, "fact_steps": 2, "base_steps": 2}
    base = TinyPupil.born(problems[:2], parameters, seed=0, pulse=lambda: None)
    base._before = []
    prompts = [asked(problem) for problem in problems]
    before = base.write(prompts, lambda: None)
    taught = base.learn([(asked(p), p.rationale) for p in problems], steps=100, seed=0, pulse=lambda: None)
    assert taught.write(prompts, lambda: None) == [problem.rationale for problem in problems]
    assert base.write(prompts, lambda: None) == before != [problem.rationale for problem in problems]
