"""The arithmetic of this process: the type of the weights, the way of multiplying, the number of threads."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

# One model computes at a time: its threads are all the cores this process has, and torch's switches are global.
_turn = threading.RLock()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How a model computes. The default is torch's own: the reference."""

    dtype: str = "float32"
    """Of weights and activations: float32 or bfloat16."""
    products: str = "highest"
    """As `torch.set_float32_matmul_precision` takes it: “highest” multiplies with MKL, “medium” with oneDNN. oneDNN
    rounds to bfloat16 where the processor multiplies those faster (AMX), and is plain float32 elsewhere."""
    threads: int = 1


@contextmanager
def computing(arithmetic: Arithmetic) -> Iterator[None]:
    """Compute in this way inside the block, alone in this process, without gradients."""
    with _alone(arithmetic), torch.inference_mode():
        yield


@contextmanager
def learning() -> Iterator[None]:
    """Train inside the block: torch's own arithmetic on all cores that are allowed, alone in this process."""
    with _alone(Arithmetic(threads=threads_allowed())), torch.enable_grad():
        yield


@contextmanager
def _alone(arithmetic: Arithmetic) -> Iterator[None]:
    with _turn:
        before = torch.get_float32_matmul_precision(), torch.get_num_threads()
        torch.set_float32_matmul_precision(arithmetic.products)
        torch.set_num_threads(arithmetic.threads)
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(before[0])
            torch.set_num_threads(before[1])


def threads_allowed() -> int:
    """The cores of this process: what the machine lets it use, divided by `SYNTHWEB_PROCESSES` of its kind.

    A Celery worker sets that to its concurrency before it forks, so that its children do not fight over cores.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    processes = os.environ.get("SYNTHWEB_PROCESSES", "")
    return max(1, cores // max(1, int(processes) if processes.isdecimal() else 1))


def machine() -> str:
    """What decides how fast this machine multiplies: processor, its instructions, torch."""
    model, flags = platform.processor() or platform.machine(), ""
    about = Path("/proc/cpuinfo")
    if about.exists():
        known = dict(_pair(line) for line in about.read_text("utf-8", "replace").split("\n\n")[0].splitlines())
        model, flags = known.get("model name", model), known.get("flags", "")
        model = " ".join([model, known.get("cpu family", ""), known.get("model", "")])
    return f"{model} {flags} {os.cpu_count()} {torch.__version__}"


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()
