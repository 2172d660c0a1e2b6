"""Texts of 40–120 words that are the same on every machine and never repeat."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow
import pyarrow.parquet

SHORTEST, LONGEST = 40, 120  # words
OPTIONS = ["refund", "billing", "technical", "delivery", "cancel", "address"]
_VOCABULARY = (
    "account address again agent already answer app arrived autumn back bank before bill box branch button call "
    "cancel card change charge city clear closed colour contract courier customer daily damaged date day delay "
    "delivered depot difference discount door double email error evening fee first form Friday gift half help hour "
    "invoice item Köln late later letter line link list lost mail manager message missing Monday money month morning "
    "naïve never new nobody note number office once open order package page paid parcel password past pay phone photo "
    "plan please post price problem promise proof question quick reason receipt refund reply return road same screen "
    "second send service shop sign size slow soon Sørensen still store street subscription summer support ticket time "
    "today total train transfer twice update urgent user wait warranty week wrong year yesterday zone"
)
WORDS = _VOCABULARY.split()


def texts(count: int, seed: int = 1) -> Iterator[str]:
    """`count` texts; the number in each keeps any two apart."""
    chance = random.Random(seed)
    for number in range(count):
        words = chance.choices(WORDS, k=chance.randint(SHORTEST, LONGEST) - 2)
        yield f"Message {number} {' '.join(words)}."


def write_csv(path: Path, count: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows((f"m{number}", text) for number, text in enumerate(texts(count)))


def write_jsonl(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts(count)):
            file.write(json.dumps({"id": f"m{number}", "text": text}, ensure_ascii=False) + "\n")


def write_parquet(path: Path, count: int) -> None:
    schema = pyarrow.schema([("id", pyarrow.string()), ("text", pyarrow.string())])
    rows = ({"id": f"m{number}", "text": text} for number, text in enumerate(texts(count)))
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        while piece := list(islice(rows, 20_000)):
            writer.write_table(pyarrow.Table.from_pylist(piece, schema))


def write_predictions(path: Path, count: int) -> None:
    """JSON Lines as our own export has them: every text with a model's answer and its probabilities."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts(count)):
            first, second = OPTIONS[number % len(OPTIONS)], OPTIONS[(number + 1) % len(OPTIONS)]
            answer = {
                "annotator": "gpt",
                "kind": "model",
                "answers": {"intent": first},
                "distribution": {"intent": {first: 0.75, second: 0.25}},
                "confidence": 0.75,
            }
            record = {"external_id": f"m{number}", "fields": {"text": text}, "annotations": [answer]}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
