"""Question types: what a valid answer is, when two agree, how many become one, how a model is asked."""

from .base import Answer, Answers, Distribution, InvalidAnswer, InvalidQuestion, Option, Question, QuestionType
from .registry import TYPES, type_of
from .schema import check_fields, clean_answers, clean_distribution, dump_questions, parse_questions

__all__ = [
    "TYPES",
    "Answer",
    "Answers",
    "Distribution",
    "InvalidAnswer",
    "InvalidQuestion",
    "Option",
    "Question",
    "QuestionType",
    "check_fields",
    "clean_answers",
    "clean_distribution",
    "dump_questions",
    "parse_questions",
    "type_of",
]
