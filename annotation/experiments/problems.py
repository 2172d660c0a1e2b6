"""Word problems made by us, and the program that checks worked answers to them.

A rationale is a list of steps, “12 + 7 = 19 ; 19 - 5 = 14 ; answer 14”. It is *right* when its answer is, and *valid*
when every equation holds, every number comes from the problem or from an earlier step, and the same steps answer the
problem with other numbers in it too: so a right answer that was reached by accident is told from one that was reasoned.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

OPERATIONS = "+-*/"
# No number of a problem, and none on the way to its answer, is larger.
LARGEST = 30
MOST_STEPS = 6
STEP = re.compile(r"(\d{1,3}) ([-+*/]) (\d{1,3}) = (\d{1,3})")
ANSWER = re.compile(r"answer (\d{1,3})")
# Stand-ins for a problem's numbers: whoever computes the same as the problem does so with these, too.
STAND_INS = ((101, 211, 307, 401, 503, 601, 701), (997, 883, 773, 661, 557, 449, 331))

NAMES = ("Ann", "Ben", "Mia", "Tom", "Eva", "Leo")
THINGS = ("apples", "pens", "cards", "stamps", "coins", "books")
BOXES = ("boxes", "bags", "packs")
GAINS = ("finds {0}", "buys {0}", "gets {0}")
LOSSES = ("loses {0}", "gives away {0}", "sells {0}")

Place = tuple[str, int]
"""Where a step takes a number from: ("given", place in the problem) or ("step", place in the solution)."""
Move = tuple[str, Place, Place]


@dataclass(frozen=True, slots=True)
class Problem:
    """`given`: its numbers in the order of the text; `moves`: how its answer follows from them."""

    text: str
    given: tuple[int, ...]
    moves: tuple[Move, ...]

    @property
    def answer(self) -> int:
        return int(_followed(self.moves, self.given)[-1])

    @property
    def rationale(self) -> str:
        """The model solution."""
        results = _followed(self.moves, self.given)
        known: Mapping[str, Sequence[Fraction | int]] = {"given": self.given, "step": results}
        steps = [
            f"{known[left[0]][left[1]]} {operation} {known[right[0]][right[1]]} = {result}"
            for (operation, left, right), result in zip(self.moves, results, strict=True)
        ]
        return " ; ".join([*steps, f"answer {results[-1]}"])


@dataclass(frozen=True, slots=True)
class Check:
    """What the program says of one rationale. `answer`: None where it gives none.

    `first_wrong`: the step, counted from 0, whose equation is false or that uses a number from nowhere; None where each
    step by itself is sound.
    """

    answer: int | None
    right: bool
    valid: bool
    steps: int
    first_wrong: int | None = None


def make_problems(count: int, *, seed: int, steps: Sequence[int] = (2, 3, 4)) -> list[Problem]:
    """Different problems, drawn by `seed`; each takes one of `steps` computations."""
    draw = random.Random(f"problems {seed}")
    found: dict[str, Problem] = {}
    while len(found) < count:
        problem = _make(draw, draw.choice(list(steps)))
        if problem is not None:
            found.setdefault(problem.text, problem)
    return list(found.values())


def check(problem: Problem, rationale: str) -> Check:
    """Parse a rationale strictly and follow it. Whatever it is, it is no error: a model wrote it."""
    *steps, last = [part.strip() for part in rationale.split(";")]
    said = ANSWER.fullmatch(last)
    answer = int(said[1]) if said else None
    parsed = [STEP.fullmatch(step) for step in steps]
    right = answer == problem.answer
    if not parsed or None in parsed or len(parsed) > MOST_STEPS:
        wrong = next((place for place, step in enumerate(parsed) if step is None), None)
        return Check(answer, right, False, len(parsed), wrong)
    equations = [(int(s[1]), s[2], int(s[3]), int(s[4])) for s in parsed if s]
    first_wrong = next(
        (
            place
            for place, (left, operation, right_side, result) in enumerate(equations)
            if _computed(operation, Fraction(left), Fraction(right_side)) != result
            or not {left, right_side} <= {*problem.given, *(each[3] for each in equations[:place])}
        ),
        None,
    )
    valid = right and first_wrong is None and equations[-1][3] == answer and _same_reasoning(problem, equations)
    return Check(answer, right, valid, len(equations), first_wrong)


def _same_reasoning(problem: Problem, equations: Sequence[tuple[int, str, int, int]]) -> bool:
    """Whether some way to read where the numbers come from computes what the problem does, with any numbers."""
    sources: list[list[Place]] = []
    for place, (left, _, right, _) in enumerate(equations):
        for number in (left, right):
            given: list[Place] = [("given", at) for at, value in enumerate(problem.given) if value == number]
            sources.append([*given, *(("step", at) for at in range(place) if equations[at][3] == number)])
    wanted = [_followed(problem.moves, numbers)[-1] for numbers in STAND_INS]
    for chosen in product(*sources):
        moves = [(step[1], chosen[2 * at], chosen[2 * at + 1]) for at, step in enumerate(equations)]
        if [_followed(moves, numbers)[-1] for numbers in STAND_INS] == wanted:
            return True
    return False


def _followed(moves: Sequence[Move], given: Sequence[int]) -> list[Fraction]:
    """The result of every step."""
    results: list[Fraction] = []
    for operation, *places in moves:
        left, right = (Fraction(given[at]) if kind == "given" else results[at] for kind, at in places)
        found = _computed(operation, left, right)
        results.append(Fraction(0) if found is None else found)
    return results


def _computed(operation: str, left: Fraction, right: Fraction) -> Fraction | None:
    match operation:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right if right else None


class _Story:
    """A problem while it is told."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.name, self.thing = draw.choice(NAMES), draw.choice(THINGS)
        self.given = [draw.randint(3, 20)]
        self.moves: list[Move] = []
        self.told = [f"{self.name} has {self.given[0]} {self.thing}"]
        self.held: Place = ("given", 0)
        self.amount = self.given[0]

    def number(self, low: int, high: int) -> Place:
        """A new number of the problem; never one that it has already, so that each says where it comes from."""
        free = [value for value in range(low, high + 1) if value not in self.given]
        self.given.append(self.draw.choice(free) if free else low)
        return "given", len(self.given) - 1

    def step(self, operation: str, left: Place, right: Place) -> Place:
        self.moves.append((operation, left, right))
        return "step", len(self.moves) - 1

    def hold(self, place: Place) -> None:
        self.held = place
        self.amount = int(_followed(self.moves, self.given)[-1])

    def grows(self) -> bool:
        return self.amount < LARGEST * 0.4 or (self.amount < LARGEST * 0.7 and self.draw.random() < 0.5)

    def change_by_one(self) -> None:
        grows = self.grows()
        number = self.number(2, LARGEST - self.amount if grows else self.amount - 1)
        self.told.append(self.draw.choice(GAINS if grows else LOSSES).format(self.given[-1]))
        self.hold(self.step("+" if grows else "-", self.held, number))

    def change_by_boxes(self) -> None:
        grows = self.grows()
        room = LARGEST - self.amount if grows else self.amount
        boxes = self.number(2, 5)
        each = self.number(2, max(2, min(9, room // self.given[-1])))
        self.told.append(
            f"{'buys' if grows else 'sells'} {self.given[-2]} {self.draw.choice(BOXES)} of {self.given[-1]}"
        )
        self.hold(self.step("+" if grows else "-", self.held, self.step("*", boxes, each)))

    def compare(self) -> str:
        """Ends the story: somebody else has more or fewer, and it asks for both together."""
        other = self.draw.choice([name for name in NAMES if name != self.name])
        more = self.amount < LARGEST * 0.3
        number = self.number(2, LARGEST - 2 * self.amount if more else self.amount - 1)
        theirs = self.step("+" if more else "-", self.held, number)
        self.hold(self.step("+", self.held, theirs))
        return f"{other} has {self.given[-1]} {'more' if more else 'fewer'} . How many together ?"


def _make(draw: random.Random, steps: int) -> Problem | None:
    """None where a drawn story leads beyond the numbers that are allowed."""
    story = _Story(draw)
    compares = steps >= 2 and draw.random() < 0.4
    while (left := steps - len(story.moves) - 2 * compares) > 0:
        if not 3 <= story.amount <= LARGEST - 2:
            return None
        if left >= 2 and draw.random() < 0.5:
            story.change_by_boxes()
        else:
            story.change_by_one()
    if compares and not 3 <= story.amount <= LARGEST:
        return None
    told = " , ".join(story.told)
    text = f"{told} . {story.compare() if compares else 'How many ?'}"
    numbers: list[int | Fraction] = [*story.given, *_followed(story.moves, story.given)]
    if len(set(story.given)) < len(story.given) or not all(0 <= number <= LARGEST for number in numbers):
        return None
    return Problem(text, tuple(story.given), tuple(story.moves))
