"""The question types a project can ask. To add one: write its file, name it here."""

from .base import Question, QuestionType
from .choice import Choice

TYPES: dict[str, QuestionType] = {question_type.name: question_type for question_type in (Choice(),)}


def type_of(question: Question) -> QuestionType:
    return TYPES[question.type]
