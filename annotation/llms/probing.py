"""Which arithmetic is fastest on this machine and still right: measured once per machine and model, then remembered."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from filelock import FileLock

from .computing import Arithmetic, computing, machine, threads_allowed
from .weights import models_folder

logger = logging.getLogger(__name__)

VERSION = 1
# Nats between an option's log-probability and that of the reference, and between one batch and another.
CLOSE, INVARIANT = 0.01, 0.002
# Below this on both counts two ways of computing are the same model.
EXACT = 0.001
# What another way must gain before it is preferred: noise, and for bfloat16 its rounding.
GAIN, ROUNDING_GAIN = 1.15, 1.5
# (dtype, products) as `Arithmetic` has them.
WAYS = (("float32", "highest"), ("float32", "medium"), ("bfloat16", "highest"))
ROWS, REPEATS = 512, 5


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far a way of computing strays: from the reference, and from itself in another batch. Nats."""

    reference: float = 0.0
    batch: float | None = None
    """None where the first was too far already."""

    @property
    def allowed(self) -> bool:
        return self.reference <= CLOSE and (self.batch or 0.0) <= INVARIANT


@dataclass(frozen=True, slots=True)
class Probe:
    """What was chosen, and what was measured on the way."""

    arithmetic: Arithmetic
    exact: bool = True
    """Whether the choice computes the same model as the reference."""
    shares_prefix: bool = False
    """Whether reading a shared prefix once gives the reference's scores."""
    rates: dict[str, float] = field(default_factory=dict)
    """Way → matrix products of the model's shape, 10⁹ floating-point operations per second."""
    deviations: dict[str, Deviation] = field(default_factory=dict)


def remembered(fingerprint: str, measure: Callable[[], Probe]) -> Probe:
    """The probe of this model (its weights' fingerprint) on this machine with this many cores; measured when new.

    Kept beside the converted models, so that every process of a machine computes alike from then on.
    """
    key = f"{VERSION} {fingerprint} {threads_allowed()} {machine()}"
    path = models_folder() / "probes" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two workers that start at once: one measures while the other waits, and both read the same answer.
    with FileLock(path.with_suffix(".lock")):
        if path.exists():
            return _read(path)
        found = measure()
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(found), indent=1), "utf-8")
        part.replace(path)
    logger.info("Fastest arithmetic: %s", found)
    return found


def fastest(
    shape: tuple[int, int],
    deviation: Callable[[Arithmetic], Deviation],
    dtypes: Sequence[str],
    *,
    shares_prefix: bool = False,
) -> Probe:
    """The fastest arithmetic whose results stay within CLOSE and INVARIANT of the reference, which is `dtypes[0]`.

    `shape`: a weight's [in, out].
    """
    rates = {way: multiply_rate(shape, way) for way in _ways(dtypes)}
    plain = chosen = _with_threads(rates, dtypes[0], "highest")
    strayed = Deviation()
    deviations: dict[str, Deviation] = {}
    # Another way of float32 first: what rounds is held against the best that does not.
    for dtype, products in WAYS:
        if dtype not in dtypes or (dtype, products) == (dtypes[0], "highest"):
            continue
        way = _with_threads(rates, dtype, products)
        if rates[way] < (GAIN if dtype == plain.dtype else ROUNDING_GAIN) * rates[chosen]:
            continue
        found = deviations[_name(way)] = deviation(way)
        if found.allowed:
            chosen, strayed = way, found
    return Probe(
        chosen,
        exact=plain.dtype == "float32" and max(strayed.reference, strayed.batch or 0.0) <= EXACT,
        shares_prefix=shares_prefix,
        rates={_name(way): round(rate, 1) for way, rate in rates.items()},
        deviations=deviations,
    )


def multiply_rate(shape: tuple[int, int], way: Arithmetic, count: int = ROWS) -> float:
    """10⁹ floating-point operations per second of [count, in] times [in, out]; the best of a few."""
    generator = torch.Generator().manual_seed(1)
    dtype = getattr(torch, way.dtype)
    rows = torch.randn(count, shape[0], generator=generator).to(dtype)
    weight = torch.randn(shape[1], shape[0], generator=generator).to(dtype)
    with computing(way):
        torch.nn.functional.linear(rows, weight)
        seconds = min(_seconds(lambda: torch.nn.functional.linear(rows, weight)) for _ in range(REPEATS))
    return 2 * count * shape[0] * shape[1] / seconds / 1e9


def _ways(dtypes: Sequence[str]) -> Iterator[Arithmetic]:
    allowed = threads_allowed()
    for dtype, products in WAYS:
        if dtype in dtypes:
            # Half: on many machines two of the cores we are shown share one unit that multiplies.
            for threads in sorted({allowed, max(1, allowed // 2)}):
                yield Arithmetic(dtype, products, threads)


def _with_threads(rates: Mapping[Arithmetic, float], dtype: str, products: str) -> Arithmetic:
    """This way with all threads, or with half of them where that is clearly faster."""
    fewer, *more = sorted(
        (way for way in rates if (way.dtype, way.products) == (dtype, products)), key=lambda way: way.threads
    )
    return more[0] if more and rates[fewer] < GAIN * rates[more[0]] else fewer


def _name(way: Arithmetic) -> str:
    return f"{way.dtype} {way.products} {way.threads}"


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _read(path: Path) -> Probe:
    kept = json.loads(path.read_text("utf-8"))
    kept["arithmetic"] = Arithmetic(**kept["arithmetic"])
    kept["deviations"] = {name: Deviation(**found) for name, found in kept["deviations"].items()}
    return Probe(**kept)
