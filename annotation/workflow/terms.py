"""What a snapshot holds, as it was asked for: which labels count, what is said of them, and how it is split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotation.exchange import FORMATS
from annotation.models import DecidedBy, Project, Stage
from annotation.models.filters import PARAMETERS, Filters, InvalidFilter, parse_filters
from annotation.questions import Question, type_of
from annotation.questions import Shape as AnswerShape

from .errors import Refused

LICENCE_LENGTH = 80
MOST_NAMES = 200
NAME_LENGTH = 200
LARGEST_SEED = 2**31 - 1
# What a split can be stratified by: questions whose answers are few.
FEW = (AnswerShape.ONE, AnswerShape.SCALE, AnswerShape.ANY)
TOGETHER, APART = "together", "apart"
# Of every format, where a snapshot has splits; a format that cannot say which is which has one file for each.
FILES = "files"


@dataclass(frozen=True, slots=True)
class Terms:
    """The options of a snapshot; None: all of them. What is left out here is in no file that is made of it.

    `decided_by`, `posterior_from`, `agreement_from` (of the votes, 1 less their mean distance from the label) and
    `ambiguous` choose labels; an item that loses every label by them stays out. `pseudonyms`: people have made-up
    names. `gold`: the known answers of hidden checks. `stratify`: the question of whose labels every split has the
    same shares. `keep_splits`: what came in with a split keeps it. `unreviewed`: generated items leave before anybody
    has reviewed them.
    """

    fields: tuple[str, ...] | None = None
    questions: tuple[str, ...] | None = None
    metadata: tuple[str, ...] | None = None
    decided_by: tuple[str, ...] | None = None
    posterior_from: float = 0.0
    agreement_from: float = 0.0
    ambiguous: bool = True
    annotations: bool = True
    pseudonyms: bool = False
    gold: bool = False
    stratify: str = ""
    seed: int = 0
    keep_splits: bool = False
    licence: str = ""
    unreviewed: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Terms:
        """What `asked` wrote."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        return cls(**values)

    @property
    def asked(self) -> dict[str, Any]:
        """What differs from a whole snapshot, as JSON."""
        whole = asdict(Terms())
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != whole[name]
        }

    @property
    def chooses_labels(self) -> bool:
        return bool(self.decided_by is not None or self.posterior_from or self.agreement_from or not self.ambiguous)


def clean_terms(raw: Mapping[str, Any], project: Project) -> Terms:
    """Raises Refused, naming `options.…`."""
    unknown = set(raw) - set(_READERS)
    if unknown:
        raise Refused(
            _("Snapshots have no option %(names)s; known: %(known)s.")
            % {"names": ", ".join(sorted(map(str, unknown)))[:200], "known": ", ".join(_READERS)},
            "options",
        )
    values = {}
    for name, value in raw.items():
        if value is None:
            continue
        try:
            values[name] = _READERS[name](value, project)
        except ValueError as error:
            raise Refused(str(error), f"options.{name}") from error
    terms = Terms(**values)
    if terms.fields is not None:
        for question in project.question_list:
            marked = question.settings.get("field", "")
            if _is_chosen(question, terms) and marked and marked not in terms.fields:
                raise Refused(
                    _("“%(question)s” is about the field %(field)s, which is left out; choose both or neither.")
                    % {"question": question.title, "field": marked},
                    "options.fields",
                )
    if terms.stratify and not _is_chosen(_question(project, terms.stratify), terms):
        raise Refused(_("The question to stratify by is left out."), "options.stratify")
    return terms


def clean_filters(raw: Mapping[str, Any], project: Project) -> dict[str, Any]:
    """The filters of the item list, and `stage` as one or a list of them. Raises Refused."""
    unknown = set(raw) - set(PARAMETERS)
    if unknown:
        raise Refused(
            _("Snapshots have no filter %(names)s.") % {"names": ", ".join(sorted(map(str, unknown)))[:200]}, "filters"
        )
    stages = [] if raw.get("stage") in (None, "") else raw["stage"]
    stages = [stages] if isinstance(stages, str) else stages
    if not isinstance(stages, list) or not set(map(str, stages)) <= set(Stage.values):
        raise Refused(_("A stage is one of %(names)s.") % {"names": ", ".join(Stage.values)}, "filters.stage")
    asked = {}
    for name, value in raw.items():
        if name == "stage" or value is None:
            continue
        if not isinstance(value, str | int | float):
            raise Refused(_("A filter is a text, a number, true or false."), f"filters.{name}")
        asked[name] = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    found = parse_stored(asked, project).asked
    return {**({"stage": sorted(set(stages))} if stages else {}), **found}


def parse_stored(filters: Mapping[str, Any], project: Project) -> Filters:
    """The filters but for the stages. Raises Refused: a question they name may be gone since."""
    try:
        return parse_filters({name: filters[name] for name in filters if name != "stage"}, project, may_manage=True)
    except InvalidFilter as error:
        name, sentence = next(iter(error.errors.items()))
        raise Refused(sentence, f"filters.{name}") from error


def clean_format(name: str) -> str:
    """Raises Refused for what is no format that can be written."""
    if name not in FORMATS or not FORMATS[name].writes:
        written = [each for each, kind in FORMATS.items() if kind.writes]
        raise Refused(_("The format is one of %(names)s.") % {"names": ", ".join(written)}, "format")
    return name


def clean_settings(raw: Mapping[str, Any], format: str) -> dict[str, str]:
    """What a format leaves to choose, without what is chosen by default. Raises Refused, naming `settings.…`."""
    known = {each.name: [value for value, _title in each.choices] for each in FORMATS[format].settings}
    if FORMATS[format].keeps_split:
        known[FILES] = [TOGETHER, APART]
    chosen = {}
    for name, value in raw.items():
        if name not in known:
            raise Refused(
                _("This format has no setting %(name)s; known: %(known)s.")
                % {"name": str(name)[:80], "known": ", ".join(known) or "–"},
                "settings",
            )
        if value not in known[name]:
            raise Refused(
                _("The setting %(name)s is one of %(names)s.") % {"name": name, "names": ", ".join(known[name])},
                f"settings.{name}",
            )
        if value != known[name][0]:
            chosen[name] = value
    return dict(sorted(chosen.items()))


def _is_chosen(question: Question, terms: Terms) -> bool:
    return terms.questions is None or question.name in terms.questions


def _question(project: Project, name: str) -> Question:
    return next(each for each in project.question_list if each.name == name)


def _names(known: Callable[[Project], Sequence[str]] | None) -> Callable[[Any, Project], tuple[str, ...]]:
    def read(value: Any, project: Project) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise ValueError(_("This is a list of names."))
        if len(value) > MOST_NAMES or any(len(each) > NAME_LENGTH or "\0" in each for each in value):
            raise ValueError(_("This is a list of at most %(most)s names.") % {"most": MOST_NAMES})
        if known is None:
            return tuple(sorted(set(value)))
        there = known(project)
        for each in value:
            if each not in there:
                raise ValueError(_("“%(name)s” is none of %(names)s.") % {"name": each[:80], "names": ", ".join(there)})
        return tuple(each for each in there if each in value)

    return read


def _share(value: Any, project: Project) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(_("This is a number from 0 to 1."))
    return float(value)


def _flag(value: Any, project: Project) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("This is true or false."))
    return value


def _stratum(value: Any, project: Project) -> str:
    few = [each.name for each in project.question_list if type_of(each).shape in FEW]
    if value and value not in few:
        raise ValueError(_("Splits are stratified by one of %(names)s.") % {"names": ", ".join(few) or "–"})
    return value or ""


def _seed(value: Any, project: Project) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_SEED:
        raise ValueError(_("The seed is a whole number from 0 to %(most)s.") % {"most": LARGEST_SEED})
    return value


def _licence(value: Any, project: Project) -> str:
    if not isinstance(value, str) or len(value) > LICENCE_LENGTH or not value.isprintable():
        raise ValueError(_("A licence is one line of at most %(limit)s characters.") % {"limit": LICENCE_LENGTH})
    return value.strip()


_READERS: dict[str, Callable[[Any, Project], Any]] = {
    "fields": _names(lambda project: project.field_names),
    "questions": _names(lambda project: [each.name for each in project.question_list]),
    "metadata": _names(None),
    "decided_by": _names(lambda project: DecidedBy.values),
    "posterior_from": _share,
    "agreement_from": _share,
    "ambiguous": _flag,
    "annotations": _flag,
    "pseudonyms": _flag,
    "gold": _flag,
    "stratify": _stratum,
    "seed": _seed,
    "keep_splits": _flag,
    "licence": _licence,
    "unreviewed": _flag,
}
