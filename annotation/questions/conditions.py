"""Questions that are asked only where an earlier one was answered in a certain way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .base import Answers, Condition, InvalidQuestion, Question
from .registry import type_of
from .speech import gettext as _


def parse_condition(raw: object, name: str) -> Condition | None:
    """`{"question": …, "is": [keys]}` → a condition; None stays None."""
    if raw is None:
        return None
    if not isinstance(raw, dict) or set(raw) != {"question", "is"} or not isinstance(raw["question"], str):
        raise InvalidQuestion(_("Question “%(name)s”: when is an object with question and is.") % {"name": name})
    wanted = raw["is"] if isinstance(raw["is"], list) else [raw["is"]]
    if not wanted or not all(type(each) in (str, int) for each in wanted):
        raise InvalidQuestion(_("Question “%(name)s”: when.is lists answers of the earlier question.") % {"name": name})
    return Condition(raw["question"], tuple(str(each) for each in wanted))


def check_condition(question: Question, earlier: Sequence[Question]) -> None:
    """Raise InvalidQuestion unless it speaks of options of a question that is asked before."""
    if question.condition is None:
        return
    asked = next((each for each in earlier if each.name == question.condition.question), None)
    where = _("Question “%(name)s”") % {"name": question.name}
    if asked is None:
        raise InvalidQuestion(
            _("%(where)s depends on “%(question)s”, which is not asked before it.")
            % {"where": where, "question": question.condition.question[:80]}
        )
    known = {option.value for option in asked.options}
    if strange := [key for key in question.condition.keys if key not in known]:
        raise InvalidQuestion(
            _("%(where)s depends on “%(strange)s”, which “%(name)s” does not offer.")
            % {"where": where, "strange": strange[0][:80], "name": asked.name}
        )


def is_asked(question: Question, answers: Answers, questions: Mapping[str, Question]) -> bool:
    """Whether the answers so far lead to this question; `questions` by name."""
    if question.condition is None:
        return True
    earlier = questions[question.condition.question]
    if earlier.name not in answers:
        return False
    return not set(type_of(earlier).keys(earlier, answers[earlier.name])).isdisjoint(question.condition.keys)


def why(question: Question, questions: Mapping[str, Question]) -> str:
    """“only where “Sentiment” is Negative or Mixed”."""
    assert question.condition is not None
    earlier = questions[question.condition.question]
    wanted = _(" or ").join(earlier.option_title(key) for key in question.condition.keys)
    return _("only where “%(title)s” is %(wanted)s") % {"title": earlier.title, "wanted": wanted}
