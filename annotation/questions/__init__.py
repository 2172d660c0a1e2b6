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
)
from .conditions import is_asked, why
from .fields import FIELD_TYPES, InvalidField, as_text, as_texts
from .registry import TYPES, type_of
from .schema import check_fields, clean_answers, clean_distribution, dump_questions, parse_questions

__all__ = [
    "COLORS",
    "FIELD_TYPES",
    "NO_FIELDS",
    "TYPES",
    "Answer",
    "Answers",
    "Condition",
    "Distribution",
    "Fields",
    "Fused",
    "InvalidAnswer",
    "InvalidField",
    "InvalidQuestion",
    "Option",
    "Question",
    "QuestionType",
    "as_text",
    "as_texts",
    "check_fields",
    "clean_answers",
    "clean_distribution",
    "dump_questions",
    "is_asked",
    "parse_questions",
    "type_of",
    "why",
]
