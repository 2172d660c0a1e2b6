"""What a fit knows, written down and read again."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from .fitted import MAJORITY, Knowledge, Matrices, Shares, Trusted
from .fitted_spans import SpanMatrices


def stored(knowledge: Knowledge) -> tuple[dict[str, Any], bytes]:
    """As JSON and bytes, from which `recalled` makes it again."""
    match knowledge:
        case Shares():
            weights = {str(annotator): round(weight, 6) for annotator, weight in knowledge.weights.items()}
            return {"kind": "shares", "weights": weights, "people": knowledge.people, "models": knowledge.models}, b""
        case Trusted():
            return {"kind": "trusted", "annotator": knowledge.annotator, "accuracy": knowledge.accuracy}, b""
        case Matrices():
            return _stored_matrices(knowledge)
        case SpanMatrices():
            parameters, matrices = _stored_matrices(knowledge.tags)
            return parameters | {"kind": "spans", "labels": list(knowledge.labels)}, matrices
    raise TypeError(f"{type(knowledge).__name__} cannot be stored")


def recalled(method: str, parameters: Mapping[str, Any], matrices: bytes) -> Knowledge:
    """What `stored` wrote."""
    match parameters.get("kind"):
        case "matrices":
            return _recalled_matrices(method, parameters, matrices)
        case "spans":
            return SpanMatrices(tuple(parameters["labels"]), _recalled_matrices(method, parameters, matrices))
        case "trusted":
            return Trusted(parameters["annotator"], parameters["accuracy"], method)
        case "shares":
            weights = {int(annotator): weight for annotator, weight in parameters["weights"].items()}
            return Shares(method, weights, parameters["people"], parameters["models"])
    return MAJORITY


def _stored_matrices(knowledge: Matrices) -> tuple[dict[str, Any], bytes]:
    rows = [knowledge.people, *([] if knowledge.models is None else [knowledge.models])]
    rows += list(knowledge.confusion.values())
    parameters = {
        "kind": "matrices",
        "options": list(knowledge.options),
        "prior": knowledge.prior.tolist(),
        "annotators": list(knowledge.confusion),
        "models": knowledge.models is not None,
        "sharpness": knowledge.sharpness,
    }
    return parameters, zlib.compress(np.stack(rows).astype("<f4").tobytes())


def _recalled_matrices(method: str, parameters: Mapping[str, Any], matrices: bytes) -> Matrices:
    prior = np.array(parameters["prior"])
    rows = np.frombuffer(zlib.decompress(matrices), "<f4").astype(float)
    rows = rows.reshape(-1, *prior.shape, prior.shape[1])
    first = 2 if parameters["models"] else 1
    return Matrices(
        method,
        tuple(parameters["options"]),
        prior,
        dict(zip(parameters["annotators"], rows[first:], strict=True)),
        people=rows[0],
        models=rows[1] if parameters["models"] else None,
        sharpness=parameters["sharpness"],
    )
