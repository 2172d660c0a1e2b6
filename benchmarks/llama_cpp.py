"""llama.cpp beside transformers on the same GGUF file: scoring six options, and writing JSON held to a schema.

    pip install xllamacpp; python -m benchmarks.llama_cpp [--items 32] [--replies 16] [--rounds 3]

llama.cpp offers no log-probabilities of given continuations. Its reading here stops after the first token's, with the
shared prefix cached and several slots at work: less than what an exact score of options of several tokens needs.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import statistics
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from annotation.llms import Prompt, get_model
from annotation.llms.local import LocalModel
from annotation.llms.weights import CHAT_FILE, CHAT_PACKAGE
from benchmarks.model_votes import TITLES, make_prompts, seconds

PACKAGE = "xllamacpp"
REPLY_TOKENS = 48
TOP = 20
SLOTS = 8
SLOT_TOKENS = 2_048
SCHEMA = {
    "type": "object",
    "properties": {"why": {"type": "string", "maxLength": 80}, "answer": {"enum": TITLES}},
    "required": ["why", "answer"],
    "additionalProperties": False,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=32, help="to score")
    parser.add_argument("--replies", type=int, default=16, help="to write")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if importlib.util.find_spec(PACKAGE) is None:
        sys.exit(f"llama.cpp is not measured: the package {PACKAGE} is not installed.")
    model = get_model("local", {})
    assert isinstance(model, LocalModel)
    prompts = make_prompts(arguments.items)
    replies = prompts[: arguments.replies]
    options = [f" {title}" for title in TITLES]
    print(f"{model.probe.arithmetic}; {torch.get_num_threads()} threads; {arguments.rounds} rounds", flush=True)
    llama = Llama(model, threads=torch.get_num_threads())
    asked = [Prompt(prompt.instructions, prompt.text, prompt.cue) for prompt in replies]
    ways: dict[str, tuple[int, Callable[[], object]]] = {
        "transformers, options scored exactly": (len(prompts), lambda: model.choose(prompts, options)),
        "llama.cpp, first token only": (len(prompts), lambda: llama.first_tokens(prompts)),
        "transformers, JSON by schema": (
            len(asked),
            lambda: model.generate(asked, schema=SCHEMA, max_tokens=REPLY_TOKENS),
        ),
        "llama.cpp, JSON by schema": (len(asked), lambda: llama.replies(asked)),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for name, (_, run) in ways.items():
        run()  # prefixes are read once
        print(f"ready: {name}", flush=True)
    for _ in range(arguments.rounds):
        for name, (count, run) in ways.items():
            rates[name].append(count / seconds(run))
    for name, found in rates.items():
        print(f"{name:38} {statistics.median(found):6.2f} items/s ({min(found):.2f}–{max(found):.2f})")


class Llama:
    """The bundled GGUF file in llama.cpp's own server, in this process."""

    def __init__(self, model: LocalModel, threads: int) -> None:
        self._tokens = model._tokens
        library: Any = importlib.import_module(PACKAGE)
        spec = importlib.util.find_spec(CHAT_PACKAGE)
        assert spec is not None and spec.submodule_search_locations
        params: Any = library.CommonParams()
        params.model.path = str(Path(spec.submodule_search_locations[0]) / CHAT_FILE)
        params.n_ctx = SLOTS * SLOT_TOKENS
        params.n_parallel = SLOTS
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        params.verbosity = -1
        self._server: Any = library.Server(params)

    def first_tokens(self, prompts: Sequence[Prompt]) -> list[Any]:
        return self._ask(prompts, {"n_predict": 1, "n_probs": TOP})

    def replies(self, prompts: Sequence[Prompt]) -> list[Any]:
        return self._ask(prompts, {"n_predict": REPLY_TOKENS, "json_schema": SCHEMA})

    def _ask(self, prompts: Sequence[Prompt], options: dict[str, Any]) -> list[Any]:
        def ask(prompt: Prompt) -> Any:
            tokens = [*self._tokens.prefix(prompt), *self._tokens.body(prompt)[0]]
            return self._server.handle_completions(
                {"prompt": tokens, "temperature": 0.0, "cache_prompt": True, **options}
            )

        with ThreadPoolExecutor(SLOTS) as pool:
            return list(pool.map(ask, prompts))


if __name__ == "__main__":
    main()
