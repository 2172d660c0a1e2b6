from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from annotation.exchange.label_studio_config import read_config
from annotation.labelers import Brief, Failure, InvalidConfig, ItemText, Prediction, build, check_config
from annotation.llms import Endpoint
from annotation.llms.accounting import accounting
from annotation.llms.endpoints import ML_BACKEND
from annotation.questions import parse_questions
from tests.endpoints import Answer, Asked, Behaviour, Server, refuses

Serve = Callable[[Behaviour], Server]
FIELDS = [{"name": "text", "type": "text"}, {"name": "talk", "type": "chat"}]
OPTIONS = [{"value": "refund", "title": "Money back"}, "other"]
QUESTIONS = [
    {"name": "intent", "type": "choice", "title": "Intent", "options": OPTIONS},
    {"name": "names", "type": "spans", "title": "Names", "field": "text", "options": ["person"], "required": False},
    {"name": "mood", "type": "rating", "title": "Mood", "min": 1, "max": 5, "required": False},
]
TEXT = "📦 Ada is in Köln"


def choice(value: str) -> dict[str, Any]:
    return {"from_name": "intent", "to_name": "text", "type": "choices", "value": {"choices": [value]}}


def span(start: int, end: int, label: str, quote: str | None = None) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": [label], **({"text": quote} if quote else {})}
    return {"from_name": "names", "to_name": "text", "type": "labels", "value": value}


def predicting(predict: Callable[[Mapping[str, Any]], Any]) -> Behaviour:
    """A back end as label-studio-ml-backend makes one: `predict` answers a task."""

    def behave(asked: Asked) -> Answer:
        if asked.path.endswith("/health"):
            said: Any = {"status": "UP", "model_class": "Names"}
        elif asked.path.endswith("/setup"):
            said = {"model_version": "names-3"}
        else:
            said = predict(asked.body["tasks"][0])
            if isinstance(said, Answer):
                return said
            said = {"results": [said]}
        return Answer([json.dumps(said).encode()])

    return behave


def label(server: Server, *texts: str, key: str = "", **settings: Any) -> list[Prediction | Failure]:
    questions = tuple(parse_questions(QUESTIONS, FIELDS))
    brief = Brief("", questions, tuple({"title": "", **each} for each in FIELDS))
    endpoint = Endpoint("names", server.url, "", key, kind=ML_BACKEND, **{"deadline": 5.0, **settings})
    items = [ItemText(place, {"text": text, "talk": "user: hi"}) for place, text in enumerate(texts)]
    return build("ml_backend", {"llm": endpoint}, brief).label(items)  # type: ignore[union-attr]


def test_a_back_end_is_told_our_questions_and_its_predictions_become_votes(serve: Serve) -> None:
    def predict(task: Mapping[str, Any]) -> Any:
        # Offsets in code points for the first text, in UTF-16 units for the second: the quote tells.
        shift = int(task["data"]["text"].endswith("!"))
        found = [choice("Money back" if shift else "refund"), span(2 + shift, 5 + shift, "person", "Ada")]
        rating = {"from_name": "mood", "to_name": "text", "type": "rating", "value": {"rating": 4}}
        return {"result": [*found, rating], "score": 0.75, "model_version": "names-4"}

    server = serve(predicting(predict))
    results = label(server, TEXT, f"{TEXT}!", key="team:s3cret-word")
    mark = {"start": 2, "end": 5, "label": "person", "text": "Ada"}
    for result in results:
        assert isinstance(result, Prediction), result
        assert result.answers == {"intent": "refund", "names": [mark], "mood": 4}
        assert result.distribution["intent"] == {"refund": 0.75, "other": 0.25}
        assert (result.confidence, result.rationale.endswith("(names-4)")) == (0.75, True)
    paths = [asked.path.removeprefix("/v1") for asked in server.asked]
    assert paths == ["/health", "/setup", "/predict", "/predict"]
    setup = server.asked[1].body
    told = read_config(setup["schema"])
    assert [each["name"] for each in told.questions] == ["intent", "names", "mood"]
    # Label Studio hands out its address and a token; we do not.
    assert (setup["hostname"], setup["access_token"]) == ("", "")
    assert setup["project"] == server.asked[2].body["project"]
    basic = base64.b64encode(b"team:s3cret-word").decode()
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Basic {basic}"}


@pytest.mark.parametrize(
    ("prediction", "reason"),
    [
        ({"result": [choice("telepathy")]}, "no option of “Intent”"),
        ({"result": [choice("refund"), span(0, 3, "person", "Bob")]}, "not where it says: 0 to 3 “Bob”"),
        ({"result": [choice("refund"), span(5, 900, "person")]}, "not where it says"),
        ({"result": [choice("refund"), choice("other")]}, "second result"),
        ({"result": [{**choice("refund"), "from_name": "else"}]}, "which nobody asked"),
        ({"result": [{**choice("refund"), "value": {"choices": ["refund", "other"]}}]}, "one answer, not 2"),
        ({"result": [{"type": "rectanglelabels", "value": {}}]}, "A region of a picture"),
        ({"result": [span(2, 5, "person")]}, "“Intent” needs an answer"),
        ({"result": None}, "no list “result”"),
        ({"result": [{**choice("refund"), "value": {"rating": 3}}]}, "Intent"),
        (None, "gave no prediction"),
        (Answer([b"[]"]), "no JSON object"),
        (Answer([b"{" + b" " * (1 << 20)]), "too long"),
        (Answer([b'{"results": [{"result": []}, {"result": []}]}']), "one task"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_failure_and_never_a_guess(serve: Serve, prediction: Any, reason: str) -> None:
    """L3: strict, and what the model said is kept."""
    (result,) = label(serve(predicting(lambda task: prediction)), TEXT)
    assert isinstance(result, Failure), result
    assert reason in result.reason
    assert not result.retryable
    if isinstance(prediction, dict):
        assert json.loads(result.raw_reply) == prediction


def test_that_nothing_is_marked_is_an_answer(serve: Serve) -> None:
    (result,) = label(serve(predicting(lambda task: [{"result": [choice("other")], "score": 0.0}])), TEXT)
    assert isinstance(result, Prediction), result
    assert result.answers == {"intent": "other", "names": []}
    assert result.confidence == 1.0, "a score of 0 is what back ends leave it at"


@pytest.mark.parametrize(
    ("answer", "reason", "retryable", "asked"),
    [
        (refuses(503), "failed (status 503)", True, 3),
        (refuses(429, retry_after="600"), "too much to do", True, 1),
        (refuses(401), "refuses the key", False, 1),
        (refuses(404), "is no ML back end", False, 1),
        (refuses(307, location="http://169.254.169.254/"), "redirects elsewhere", False, 1),
    ],
)
def test_a_back_end_that_refuses_is_told_in_our_words(
    serve: Serve, answer: Answer, reason: str, retryable: bool, asked: int
) -> None:
    server = serve(lambda request: answer)
    with accounting(lambda amount: None) as account:
        (result,) = label(server, TEXT, key="sk-canary-7f3a9d0c51")
    assert isinstance(result, Failure)
    assert reason in result.reason
    assert (result.retryable, len(server.asked)) == (retryable, asked)
    assert "canary" not in f"{result}"
    # What only an administrator can put right stops the run.
    assert bool(account.stopped) == (not retryable)


def test_no_reply_within_the_deadline_is_a_failure_that_may_pass(serve: Serve) -> None:
    def never(server: list[Server]) -> Behaviour:
        def behave(asked: Asked) -> Answer:
            server[0].over.wait()
            return Answer([b"{}"])

        return behave

    holder: list[Server] = []
    holder.append(serve(never(holder)))
    (result,) = label(holder[0], TEXT, deadline=0.2)
    assert isinstance(result, Failure)
    assert "no whole reply within 0.2 seconds" in result.reason
    assert result.retryable
    holder[0].over.set()


@pytest.mark.parametrize("config", [{}, {"llm": "local"}, {"llm": "http://x"}, {"llm": "names", "url": "http://x"}])
def test_a_back_end_is_named_and_never_addressed(config: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig):
        check_config("ml_backend", config)


def test_no_language_model_is_asked_as_one_nor_a_back_end_as_the_other() -> None:
    brief = Brief("", tuple(parse_questions(QUESTIONS, FIELDS)), tuple({"title": "", **each} for each in FIELDS))
    with pytest.raises(InvalidConfig, match="ML back end"):
        build("ml_backend", {"llm": Endpoint("a", "http://127.0.0.1:9/v1", "m")}, brief)
    with pytest.raises(InvalidConfig, match="no language model"):
        build("prompted", {"llm": Endpoint("a", "http://127.0.0.1:9", "", kind=ML_BACKEND)}, brief)
