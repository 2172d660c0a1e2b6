"""Label Studio's ML back ends as annotators: a model that was wrapped for Label Studio votes here as it is."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.exchange.base import Shape
from annotation.exchange.label_studio_predictions import UnusablePrediction, read_prediction
from annotation.exchange.label_studio_template import labelling_configuration, lists_of
from annotation.llms import BACK_ENDS, Endpoint, ModelError
from annotation.llms.endpoints import ML_BACKEND
from annotation.llms.ml_backends import MlBackend
from annotation.questions import Question
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from . import wording
from .base import RAW_CHARACTERS, Brief, Failure, InvalidConfig, ItemText, Prediction
from .config import check_keys
from .pooling import spread


class LabelStudioBackEnd:
    """The registry's entry. Configuration: `llm`, the name of a connection to an ML back end."""

    title = gettext_noop("Label Studio ML back end")
    description = gettext_noop(
        "A server that speaks the protocol of label-studio-ml-backend; it is told the questions."
    )
    judges = False
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        check_keys(config, {})
        if config["llm"] in BACK_ENDS:
            raise InvalidConfig(_("“llm” must be the name of a connection to an ML back end."))

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        """The labelling configuration can ask every type."""

    def build(self, config: Mapping[str, Any], brief: Brief) -> BackEndLabeler:
        endpoint = config["llm"]
        if not isinstance(endpoint, Endpoint) or endpoint.kind != ML_BACKEND:
            raise InvalidConfig(_("“llm” must be the name of a connection to an ML back end."))
        return BackEndLabeler(endpoint, brief)


class BackEndLabeler:
    """Sends each item as a task, and takes from the prediction what answers our questions, strictly."""

    def __init__(self, endpoint: Endpoint, brief: Brief) -> None:
        self._shape = shape = shape_of(brief)
        self._lists = lists_of(shape)
        configuration = labelling_configuration(shape)
        asked = hashlib.sha256(configuration.encode()).hexdigest()
        # Everybody who asks the same of a back end shares what it keeps; the time stands where Label Studio puts it.
        self._back_end = MlBackend(endpoint, f"synthweb-{asked[:12]}.0", configuration)
        # Neither guidelines nor examples reach it.
        self.version = hashlib.sha256(f"ml_backend {endpoint.digest} {asked}".encode()).hexdigest()[:16]

    def label(self, items: Sequence[ItemText]) -> list[Prediction | Failure]:
        if not items:
            return []
        started = time.perf_counter()
        found = self._back_end.predict([{"id": item.id, "data": {**item.fields, **self._lists}} for item in items])
        seconds = (time.perf_counter() - started) / len(items)
        return [self._result(item, each, seconds) for item, each in zip(items, found, strict=True)]

    def _result(self, item: ItemText, found: Mapping[str, Any] | ModelError, seconds: float) -> Prediction | Failure:
        if isinstance(found, ModelError):
            return Failure(item.id, str(found), "", found.retryable, 0, getattr(found, "retry_after", None))
        raw = json.dumps(found, ensure_ascii=False).replace("\0", "")[:RAW_CHARACTERS]
        try:
            answers = read_prediction(found, item.fields, self._shape)
        except UnusablePrediction as error:
            return Failure(item.id, str(error).replace("\0", ""), raw, False, 0)
        if not answers:
            return Failure(item.id, "The prediction answers nothing.", raw, False, 0)
        sure = _score(found)
        asked = [question for question in self._shape.asked if question.name in answers]
        shares = {each.name: spread(each, answers[each.name], sure) for each in asked}
        said = "; ".join(wording.rationale(each, answers[each.name], shares[each.name], sure) for each in asked)
        version = str(found.get("model_version") or self._back_end.version).replace("\0", "")[:100]
        return Prediction(
            item=item.id,
            answers=answers,
            distribution=shares,
            confidence=sure,
            rationale=f"{said} ({version})" if version else said,
            raw_reply=raw,
            tokens=0,
            seconds=seconds,
        )


def shape_of(brief: Brief) -> Shape:
    """What the configuration is written for. Models read texts, conversations and tables alike."""
    shown = tuple({**each, "type": "text"} for each in brief.fields)
    names = tuple(each["name"] for each in shown)
    return Shape(names, tuple(each.name for each in brief.questions), shown=shown, asked=brief.questions)


def _score(prediction: Mapping[str, Any]) -> float:
    """`score`, where it can be a probability. A back end that gives none is as sure as one that is asked for a text."""
    score = prediction.get("score")
    known = isinstance(score, int | float) and not isinstance(score, bool) and math.isfinite(score)
    # Many back ends leave it at 0, which says nothing.
    return float(score) if known and 0 < score <= 1 else 1.0  # type: ignore[operator,arg-type]
