"""Fine-tuning of causal language models: the loop, and low-rank adapters on the models of this machine.

A tuned model is its base model and what it was taught, and nothing else: its digest is made of both, and the same
lessons give the same adapter, which is kept, so that a run that was killed teaches nothing twice.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

from .base import Permanent, Prompt
from .computing import learning
from .local import LocalModel
from .packing import Tokens
from .registry import get_model
from .weights import models_folder

IGNORED = -100  # what cross-entropy takes no notice of
# Hu et al. 2021: adapting the attention's queries and values alone is enough at small ranks; the others help a little.
ADAPTED = ("q_proj", "k_proj", "v_proj", "o_proj")
RANK, ALPHA = 8, 16
LONGEST = 1_024  # tokens of a lesson; longer ones are left out
# Scores (tokens × vocabulary) of one pass. They and what lies below them are kept for the way back: for a whole step of
# the bundled model that is about ten gigabytes, for this many little more than one.
PASS_SCORES = 24 * 2**20
KEPT = 100  # adapters, of a few megabytes each

Watch = Callable[[int, int], None]
"""Told after each pass how many of how many steps are done. What it raises ends the training."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text to learn from: the first `given` tokens are read, what follows is learned."""

    tokens: Tokens
    given: int


@dataclass(frozen=True, slots=True)
class Course:
    """How lessons are taught: AdamW, a short warm-up, then a cosine down to nothing.

    `rows`: lessons a step. `rate`: the highest learning rate. The same course over the same lessons ends in the same
    weights on the same machine.
    """

    steps: int
    rows: int = 8
    rate: float = 2e-4
    decay: float = 0.01
    seed: int = 0


def teach(
    network: Any, lessons: Sequence[Lesson], course: Course, *, pad: int = 0, watch: Watch | None = None
) -> float:
    """Train the network's trainable weights in place; the mean loss of the last tenth of the steps, in nats a token.

    Lessons are seen in an order drawn by the course's seed, each as often as any other, give or take one.
    """
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=course.rate, weight_decay=course.decay)
    warm = max(1, course.steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warm, 0.5 * (1 + np.cos(np.pi * step / max(1, course.steps)))),
    )
    room = PASS_SCORES // network.config.vocab_size
    losses: list[float] = []
    network.train()
    try:
        with learning():
            torch.manual_seed(course.seed)
            for step, rows in enumerate(_rounds(len(lessons), course)):
                optimizer.zero_grad(set_to_none=True)
                losses.append(0.0)
                for number, (some, share) in enumerate(_passes([lessons[row] for row in rows], room)):
                    if number and watch is not None:
                        watch(step, course.steps)
                    loss = network(**_batch(some, pad), use_cache=False).loss * share
                    loss.backward()
                    losses[-1] += float(loss.detach())
                torch.nn.utils.clip_grad_norm_(weights, 1.0)
                optimizer.step()
                schedule.step()
                if watch is not None:
                    watch(step + 1, course.steps)
    finally:
        network.eval()
    return float(np.mean(losses[-max(1, len(losses) // 10) :])) if losses else 0.0


def _rounds(lessons: int, course: Course) -> Iterator[list[int]]:
    """The rows of each step: round after round through all lessons, each in a new order."""
    if not lessons:
        return
    draw = np.random.default_rng(course.seed)
    waiting: list[int] = []
    for _ in range(course.steps):
        while len(waiting) < course.rows:
            waiting += draw.permutation(lessons).tolist()
        yield waiting[: course.rows]
        del waiting[: course.rows]


def _passes(lessons: Sequence[Lesson], room: int) -> list[tuple[list[Lesson], float]]:
    """A step's lessons in passes of at most `room` tokens, padding included, or of one lesson; each with its share of
    what is learned, so that the passes' gradients add up to the step's.
    """
    passes: list[list[Lesson]] = [[]]
    for lesson in sorted(lessons, key=lambda each: len(each.tokens)):
        # Shortest first: the newest one is as wide as all of its pass.
        if passes[-1] and (len(passes[-1]) + 1) * len(lesson.tokens) > room:
            passes.append([])
        passes[-1].append(lesson)
    # Nothing foretells a first token.
    learned = [sum(len(each.tokens) - max(1, each.given) for each in some) for some in passes]
    return [(some, part / sum(learned)) for some, part in zip(passes, learned, strict=True)]


def _batch(lessons: Sequence[Lesson], pad: int) -> dict[str, torch.Tensor]:
    longest = max(len(lesson.tokens) for lesson in lessons)
    tokens = torch.full((len(lessons), longest), pad)
    wanted = torch.full((len(lessons), longest), IGNORED)
    read = torch.zeros((len(lessons), longest), dtype=torch.long)
    for row, lesson in enumerate(lessons):
        size = len(lesson.tokens)
        tokens[row, :size] = torch.tensor(lesson.tokens)
        wanted[row, lesson.given : size] = tokens[row, lesson.given : size]
        read[row, :size] = 1
    return {"input_ids": tokens, "labels": wanted, "attention_mask": read}


class TunedModel(LocalModel):
    """A local model with the adapter in a folder merged into its weights; its digest is of both."""

    def __init__(self, config: Mapping[str, Any], adapter: Path) -> None:
        self._adapter = adapter
        super().__init__(config)

    def _adapted(self, network: Any) -> Any:
        return PeftModel.from_pretrained(network, self._adapter).merge_and_unload()


def tuned(
    config: Mapping[str, Any], pairs: Sequence[tuple[Prompt, str]], course: Course, *, watch: Watch | None = None
) -> LocalModel:
    """The local model of this configuration, fine-tuned from its base with a low-rank adapter (Hu et al. 2021).

    `pairs`: prompts and the replies wanted to them; a prompt's lead is given. What was taught once is not taught again.
    Raises Permanent where the model does not load, cannot be adapted, or nothing is short enough to learn from.
    """
    base = get_model("local", config)
    if not isinstance(base, LocalModel):
        raise Permanent("Only a model on this machine can be fine-tuned.")
    lessons = [lesson for lesson in (_lesson(base, *pair) for pair in pairs) if len(lesson.tokens) <= LONGEST]
    if not lessons:
        raise Permanent("There is nothing to learn from that is short enough.")
    folder = models_folder() / "tuned" / _digest(base.digest, lessons, course)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        # Another process may have taught the same while this one waited.
        if not folder.exists():
            _teach_adapter(base.source, lessons, course, folder, watch)
            _forget_old(folder.parent)
        return TunedModel(config, folder)


def _lesson(model: LocalModel, prompt: Prompt, reply: str) -> Lesson:
    given, written = model.transcript(prompt, reply)
    return Lesson(given + written, len(given))


def _digest(base: str, lessons: Sequence[Lesson], course: Course) -> str:
    told = [base, RANK, ALPHA, ADAPTED, asdict(course), [[lesson.given, *lesson.tokens] for lesson in lessons]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


def _forget_old(adapters: Path) -> None:
    """Keep the newest: a run that wants an older one again teaches it again."""
    folders = sorted((path for path in adapters.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.lock").unlink(missing_ok=True)


def _teach_adapter(source: str, lessons: Sequence[Lesson], course: Course, folder: Path, watch: Watch | None) -> None:
    """Write the adapter as a folder of a few megabytes, whole or not at all."""
    local = Path(source).is_dir()
    network = AutoModelForCausalLM.from_pretrained(source, local_files_only=local, dtype=torch.float32)
    torch.manual_seed(course.seed)
    try:
        adapted = get_peft_model(
            network, LoraConfig(task_type="CAUSAL_LM", r=RANK, lora_alpha=ALPHA, target_modules=list(ADAPTED))
        )
    except ValueError as error:
        raise Permanent(f"This model takes no adapter: {error}") from error
    teach(adapted, lessons, course, pad=network.config.pad_token_id or 0, watch=watch)
    part = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.part")
    try:
        adapted.save_pretrained(str(part))
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
