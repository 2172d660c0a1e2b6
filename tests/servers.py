"""Real OpenAI-compatible servers on loopback, running the bundled model in a process of their own."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from annotation.llms.weights import CHAT_FILE, CHAT_PACKAGE, find_chat_model
from tests.waiting import eventually

LLAMA_CPP = """
import sys
import xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.port, settings.api_keys = sys.argv[1], int(sys.argv[2]), [sys.argv[3]]
settings.n_parallel, settings.n_ctx, settings.offline, settings.warmup = 2, 4096, True, False
server = xllamacpp.Server(settings)
sys.stdin.read()
"""


@contextlib.contextmanager
def transformers_serve(log: Path) -> Iterator[tuple[str, str]]:
    """(base URL, model) of Hugging Face's own server. It has neither schemas nor log-probabilities."""
    folder, port = str(find_chat_model()), _free_port()
    command = [str(Path(sys.executable).with_name("transformers")), "serve", folder, "--device", "cpu"]
    with _running([*command, "--host", "127.0.0.1", "--port", str(port)], f"http://127.0.0.1:{port}/health", log):
        yield f"http://127.0.0.1:{port}/v1", folder


@contextlib.contextmanager
def llama_cpp(log: Path, key: str) -> Iterator[tuple[str, str]]:
    """(base URL, model) of llama.cpp's server: JSON schemas, log-probabilities, and a key."""
    spec = importlib.util.find_spec(CHAT_PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations
    gguf, port = Path(spec.submodule_search_locations[0]) / CHAT_FILE, _free_port()
    command = [sys.executable, "-c", LLAMA_CPP, str(gguf), str(port), key]
    with _running(command, f"http://127.0.0.1:{port}/health", log):
        yield f"http://127.0.0.1:{port}/v1", CHAT_FILE


@contextlib.contextmanager
def _running(command: list[str], health: str, log: Path) -> Iterator[None]:
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=offline, cwd=log.parent
        )

        def healthy() -> bool:
            assert process.poll() is None, log.read_text(errors="replace")[-3000:]
            with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=2) as answer:
                return answer.status == 200
            return False

        try:
            eventually(healthy, timeout=90, every=0.2)
            yield
        finally:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
