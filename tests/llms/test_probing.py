"""The probe: the fastest arithmetic that says the same, measured once per machine and model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from annotation.llms import computing, probing
from annotation.llms.computing import Arithmetic, threads_allowed
from annotation.llms.probing import CLOSE, INVARIANT, Deviation, Probe, fastest, remembered

PLAIN, ONEDNN, ROUNDED = ("float32", "highest"), ("float32", "medium"), ("bfloat16", "highest")


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str, int], float]:
    """What the machine is said to multiply, by way and threads; the rest is 1."""
    said: dict[tuple[str, str, int], float] = {}
    monkeypatch.setattr(probing, "threads_allowed", lambda: 4)
    monkeypatch.setattr(probing, "multiply_rate", lambda _, way: said.get((way.dtype, way.products, way.threads), 1.0))
    return said


def exact(way: Arithmetic) -> Deviation:
    return Deviation(1e-5, 1e-5)


def test_a_way_must_be_clearly_faster_to_be_chosen(rates: dict[tuple[str, str, int], float]) -> None:
    rates |= {(*PLAIN, 4): 100.0, (*ONEDNN, 4): 110.0, (*ROUNDED, 4): 140.0}
    assert fastest((64, 64), exact, ("float32", "bfloat16")).arithmetic == Arithmetic(*PLAIN, threads=4)
    rates[*ONEDNN, 4] = 120.0
    found = fastest((64, 64), exact, ("float32", "bfloat16"))
    assert found.arithmetic == Arithmetic(*ONEDNN, threads=4) and found.exact


@pytest.mark.parametrize("strays", [Deviation(2 * CLOSE, None), Deviation(0.0, 2 * INVARIANT)])
def test_a_way_that_strays_is_refused_however_fast(rates: dict[tuple[str, str, int], float], strays: Deviation) -> None:
    rates |= {(*PLAIN, 4): 100.0, (*ONEDNN, 4): 200.0, (*ROUNDED, 4): 400.0}
    found = fastest((64, 64), lambda way: strays if way.dtype == "bfloat16" else exact(way), ("float32", "bfloat16"))
    assert found.arithmetic == Arithmetic(*ONEDNN, threads=4) and found.exact
    assert found.deviations["bfloat16 highest 4"] == strays


def test_rounding_within_the_bounds_is_taken_and_told(rates: dict[tuple[str, str, int], float]) -> None:
    rates |= {(*PLAIN, 4): 100.0, (*ROUNDED, 4): 400.0}
    found = fastest((64, 64), lambda way: Deviation(CLOSE / 2, INVARIANT / 2), ("float32", "bfloat16"))
    assert found.arithmetic == Arithmetic(*ROUNDED, threads=4) and not found.exact


def test_half_the_threads_are_used_where_the_others_only_wait(rates: dict[tuple[str, str, int], float]) -> None:
    rates |= {(*PLAIN, 4): 100.0, (*PLAIN, 2): 105.0}
    assert fastest((64, 64), exact, ("float32",)).arithmetic.threads == 4
    rates[*PLAIN, 2] = 130.0
    assert fastest((64, 64), exact, ("float32",)).arithmetic.threads == 2


def test_what_was_measured_is_remembered_per_model_and_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHWEB_MODELS", str(tmp_path))
    monkeypatch.setattr(computing.os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.delenv("SYNTHWEB_PROCESSES", raising=False)
    found = Probe(Arithmetic(*ONEDNN, threads=8), True, True, {"a": 1.0}, {"a": Deviation(1e-6, None)})
    assert remembered("one", lambda: found) == found
    assert remembered("one", lambda: pytest.fail("measured twice")) == found
    other = Probe(Arithmetic())
    assert remembered("two", lambda: other) == other
    monkeypatch.setenv("SYNTHWEB_PROCESSES", "4")
    assert threads_allowed() == 2
    assert remembered("one", lambda: other) == other
    assert all(json.loads(path.read_text())["arithmetic"] for path in (tmp_path / "probes").glob("*.json"))


@pytest.mark.parametrize(("processes", "threads"), [("", 8), ("1", 8), ("3", 2), ("16", 1), ("0", 8), ("many", 8)])
def test_processes_that_share_a_machine_share_its_cores(
    processes: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing.os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setenv("SYNTHWEB_PROCESSES", processes)
    assert threads_allowed() == threads


def test_a_computation_leaves_torch_as_it_was() -> None:
    before = torch.get_float32_matmul_precision(), torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), computing.computing(Arithmetic(*ONEDNN, threads=1)):
        assert torch.get_float32_matmul_precision() == "medium"
        assert torch.get_num_threads() == 1
        raise ZeroDivisionError
    assert (torch.get_float32_matmul_precision(), torch.get_num_threads()) == before


def test_every_way_can_be_measured_here() -> None:
    found = fastest((64, 128), exact, ("float32", "bfloat16"))
    assert all(rate > 0 for rate in found.rates.values())
