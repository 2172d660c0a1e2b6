"""What a judge proved against people, what sways it, and which model families sit at a table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.aggregation.judging import Lean, beyond_people, flips, share_of
from annotation.models import (
    Annotation,
    Connection,
    Item,
    JudgeTrial,
    Labeler,
    Order,
    Piece,
    Project,
    RunItem,
    RunPurpose,
    Turn,
)
from annotation.models.families import family_of
from annotation.questions import Answers, Question, type_of

# The newest tell how things stand.
NEWEST = 5_000
# With fewer an interval says nothing.
LEAST = 10
BUNDLED = family_of("SmolLM2-135M-Instruct")


@dataclass(frozen=True, slots=True)
class Biases:
    """Shares and differences with their intervals and counts; `first` is no leaning at ½, the others at 0.

    `turned`: verdicts that changed with the order of two options; `first`: answers that took what was listed first;
    `own_family`: how much oftener than people on the same items it gives the answer that a labeler of its own model
    family gave; `longer`: how much oftener than people it prefers the longer of two texts, None where the project
    compares none. `family` is the judge's, empty for a table of several.
    """

    turned: Lean
    first: Lean
    own_family: Lean
    longer: Lean | None
    family: str
    relatives: tuple[str, ...]
    has_pairs: bool


def trials_of(labeler: Labeler, most: int = 20) -> list[JudgeTrial]:
    """Every look at this judge, the newest first."""
    return list(JudgeTrial.objects.filter(labeler=labeler)[:most])


def families_of(configs: Iterable[Mapping[str, Any]]) -> list[str]:
    """The family of the model that each configuration names, in their order."""
    known = {each.name: family_of(each.model) for each in Connection.objects.all()}
    return [
        known.get(str(config.get("llm")), BUNDLED if config.get("llm") == "local" else str(config.get("llm")))
        for config in configs
    ]


def shared_families(configs: Iterable[Mapping[str, Any]]) -> list[str]:
    """Families of which more than one sits at the table: their errors come together, and count double."""
    return sorted(family for family, count in Counter(families_of(configs)).items() if count > 1)


def biases_of(project: Project, labeler: Labeler) -> Biases:
    questions = {question.name: question for question in project.question_list}
    [family] = families_of([labeler.config]) if "judges" not in labeler.config else [""]
    relatives = _relatives(project, family) if family else []
    said = _said_by(labeler)
    people = _people_on(said)
    turned, first = flips(_pairs(labeler, questions))
    return Biases(
        turned=turned,
        first=first,
        own_family=_own_family(questions, said, people, relatives),
        longer=_longer(project, questions, said, people),
        family=family,
        relatives=tuple(str(each) for each in relatives),
        has_pairs=any(len(question.values) == 2 for question in questions.values()),
    )


def _relatives(project: Project, family: str) -> list[Labeler]:
    """Those that vote in this project with a model of the same family."""
    voters = [each for each in Labeler.objects.filter(project=project) if not each.rules and each.config.get("llm")]
    found = families_of(each.config for each in voters)
    return [voter for voter, own in zip(voters, found, strict=True) if own == family]


def _said_by(labeler: Labeler) -> dict[int, Answers]:
    """{item: answers}: what it said without having read the votes counts before its advice."""
    said: dict[int, Answers] = {}
    advice = Annotation.objects.current().filter(annotator__labeler=labeler, advice=True).order_by("-pk")
    said.update(advice.values_list("item_id", "answers")[:NEWEST])
    blind = RunItem.objects.filter(run__labeler=labeler, run__purpose=RunPurpose.TRIAL, state=Piece.DONE)
    rows = blind.order_by("-pk").values_list("item_id", "prediction")[:NEWEST]
    said.update((item, prediction["answers"]) for item, prediction in rows if prediction)
    return said


def _people_on(said: Mapping[int, Answers]) -> dict[int, list[Answers]]:
    rows = Annotation.objects.votes().human().filter(item__in=list(said), suggestion_seen=False)
    people: dict[int, list[Answers]] = defaultdict(list)
    for item, answers in rows.values_list("item_id", "answers"):
        people[item].append(answers)
    return people


def _pairs(labeler: Labeler, questions: Mapping[str, Question]) -> list[tuple[bool, bool]]:
    """Of each question that was put in both orders, whether its answer was listed first, in either."""
    turns = (
        Turn.objects.filter(run__labeler=labeler) if labeler.kind != "judge" else Turn.objects.filter(speaker=labeler)
    )
    rows = turns.exclude(order=Order.USUAL).filter(failure="").order_by("-pk")
    found: dict[tuple[Any, ...], dict[str, bool]] = defaultdict(dict)
    for name, answer, order, *place in rows.values_list(
        "question", "answer", "order", "run_id", "item_id", "round", "place"
    )[: 2 * NEWEST]:
        question = questions.get(name)
        key = _key(question, answer) if question else ""
        if question is None or len(question.values) != 2 or key not in question.values:
            continue
        first = question.values[0 if order == Order.FORWARD else 1]
        found[name, *place][order] = key == first
    return [
        (orders[Order.FORWARD], orders[Order.REVERSED])
        for orders in found.values()
        if {Order.FORWARD, Order.REVERSED} <= orders.keys()
    ]


def _own_family(
    questions: Mapping[str, Question],
    said: Mapping[int, Answers],
    people: Mapping[int, list[Answers]],
    relatives: list[Labeler],
) -> Lean:
    """Per item the first question that relative, judge and people all answered."""
    if not relatives:
        return share_of(0, 0)
    votes = Annotation.objects.votes().filter(annotator__labeler__in=relatives, item__in=list(people)).order_by("pk")
    theirs = dict(votes.values_list("item_id", "answers"))
    pairs = []
    for item, answers in theirs.items():
        for name, question in questions.items():
            others = [given[name] for given in people[item] if name in given]
            if name in answers and name in said[item] and others:
                distance = type_of(question).distance
                kin = answers[name]
                pairs.append(
                    (
                        distance(question, said[item][name], kin) == 0,
                        [distance(question, other, kin) == 0 for other in others],
                    )
                )
                break
    return beyond_people(pairs)


def _longer(
    project: Project,
    questions: Mapping[str, Question],
    said: Mapping[int, Answers],
    people: Mapping[int, list[Answers]],
) -> Lean | None:
    """On pairs of texts of different lengths, where the options are fields of the item."""
    compared = next((each for each in questions.values() if _compares(project, each)), None)
    if compared is None:
        return None
    pairs = []
    for item, fields in Item.objects.filter(pk__in=list(people)).values_list("pk", "fields"):
        one, other = (len(str(fields.get(value, ""))) for value in compared.values)
        answer = _key(compared, said[item].get(compared.name))
        theirs = [key for given in people[item] if (key := _key(compared, given.get(compared.name)))]
        if one != other and answer and theirs:
            longer = compared.values[0 if one > other else 1]
            pairs.append((answer == longer, [key == longer for key in theirs]))
    return beyond_people(pairs)


def _compares(project: Project, question: Question) -> bool:
    return len(question.values) == 2 and set(question.values) <= set(project.field_names)


def _key(question: Question, answer: Any) -> str:
    """The option that an answer is; empty where it is none, or shares its place."""
    keys = type_of(question).keys(question, answer) if answer is not None else ()
    return keys[0] if len(keys) == 1 else ""
