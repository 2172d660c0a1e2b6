"""Question types: what a valid answer is, when two agree, how many become one, how a model is asked."""

from .base import (
    COLORS,
    NO_FIELDS,
    Answer,
    Answers,
    Condition,
    Distribution,
    Fields,
    Fused,
    InvalidAnswer,
    InvalidQuestion,
    Option,
    Question,
    QuestionType,
    Shape,
)
from .changes import Changed, apply_change, reversed_moves
from .conditions import is_asked, why
from .fields import FIELD_TYPES, InvalidField, as_text, as_texts, not_text
from .registry import TYPES, type_of
from .schema import check_fields, clean_answers, clean_distribution, dump_questions, first_single, parse_questions
from .succession import Moves, followed, followed_distributions, translated

__all__ = [
    "COLORS",
    "FIELD_TYPES",
    "NO_FIELDS",
    "TYPES",
    "Answer",
    "Answers",
    "Changed",
    "Condition",
    "Distribution",
    "Fields",
    "Fused",
    "InvalidAnswer",
    "InvalidField",
    "InvalidQuestion",
    "Moves",
    "Option",
    "Question",
    "QuestionType",
    "Shape",
    "apply_change",
    "as_text",
    "as_texts",
    "check_fields",
    "clean_answers",
    "clean_distribution",
    "dump_questions",
    "first_single",
    "followed",
    "followed_distributions",
    "is_asked",
    "not_text",
    "parse_questions",
    "reversed_moves",
    "translated",
    "type_of",
    "why",
]
