"""The question types a project can ask. To add one: write its file, name it here."""

from .base import Question, QuestionType
from .choice import Choice
from .multichoice import Multichoice
from .ranking import Ranking
from .rating import Rating
from .spans import Spans
from .text import Text

TYPES: dict[str, QuestionType] = {
    question_type.name: question_type
    for question_type in (Choice(), Multichoice(), Spans(), Rating(), Ranking(), Text())
}


def type_of(question: Question) -> QuestionType:
    return TYPES[question.type]
