"""Who learns to reason: a tiny transformer of our own that begins with nothing, or the bundled model and an adapter.

A pupil has a base, and every lesson begins there again (Zelikman et al. 2022, §3.1): what was kept in one round teaches
the base, not the model that wrote it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from annotation.llms import LanguageModel, Prompt, get_model
from annotation.llms.base import Reply
from annotation.llms.computing import Arithmetic, computing, threads_allowed
from annotation.llms.tuning import Course, Lesson, teach, tuned

from .base import Parameters
from .problems import BOXES, GAINS, LARGEST, LOSSES, NAMES, THINGS, Problem, make_problems

Pair = tuple[str, str]
"""What is read, and what is to be written."""
Pulse = Callable[[], None]

PAD, END = "<pad>", "<end>"
WORD = re.compile(r"\d+|[A-Za-z]+|[^\sA-Za-z\d]")
SENTENCES = ("has How many together more fewer buys sells of answer fact hint + - * / = ; . , ? :",
             *NAMES, *THINGS, *BOXES, *(words.format("") for words in (*GAINS, *LOSSES)))  # fmt: skip
# A number is one word: the sums of so small a world are learned by heart, as a child's tables are.
WORDS = (
    PAD,
    END,
    *map(str, range(LARGEST + 1)),
    *sorted({word for line in SENTENCES for word in WORD.findall(line)}),
)
PLACES = {word: place for place, word in enumerate(WORDS)}
# Of the tiny transformer. Two wide layers learned to copy numbers in half the time that three narrow ones took.
WIDTH, LAYERS, HEADS = 96, 2, 4
FACT_ROWS, FACT_RATE = 256, 4e-3
ROWS, BASE_RATE, RATE = 32, 4e-3, 2e-3
LONGEST_TEXT, LONGEST_REPLY, TOGETHER = 160, 56, 256
# Of the bundled model.
ADAPTER_ROWS, REPLY_TOKENS = 4, 80
TASK = "Solve the problem step by step, in the form of the examples.\n\n"


class Pupil(Protocol):
    """`learn` makes a new one from the base; it changes nothing of this one."""

    def learn(self, pairs: Sequence[Pair], *, steps: int, seed: int, pulse: Pulse) -> Pupil:
        """Taught anew from the base on these pairs."""

    def write(self, prompts: Sequence[str], pulse: Pulse) -> list[str]:
        """The likeliest reply to each."""


def asked(problem: Problem, *, hint: bool = False) -> str:
    """How a problem is put to a pupil; with a hint, its answer comes with it."""
    return f"{problem.text} hint {problem.answer} :" if hint else f"{problem.text} :"


class TinyPupil:
    """A decoder of 150,000 weights, in whose world numbers end at 30 and every word is a token."""

    def __init__(self, network: Any, before: Sequence[Pair]) -> None:
        self._network = network
        self._before = before
        """Worked examples that every lesson has beside its own, so that what the base could do is not lost."""

    @classmethod
    def born(cls, examples: Sequence[Problem], parameters: Parameters, *, seed: int, pulse: Pulse) -> TinyPupil:
        """The base: it knows sums by heart, short problems by many worked examples, and longer ones by a few."""
        torch.manual_seed(seed)
        network = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(WORDS),
                hidden_size=WIDTH,
                intermediate_size=2 * WIDTH,
                num_hidden_layers=LAYERS,
                num_attention_heads=HEADS,
                max_position_embeddings=LONGEST_TEXT,
                pad_token_id=PLACES[PAD],
                eos_token_id=PLACES[END],
                bos_token_id=None,
                tie_word_embeddings=True,
                # About 1 / √width: with transformers' 0.02, copying a number is learned in thrice the steps.
                initializer_range=0.08,
            )
        ).eval()
        facts, few = [_lesson(pair) for pair in _facts()], _worked(examples)
        short = _worked(make_problems(parameters["short"], seed=seed + 1_000, steps=(1, 2)))
        watch = _watching(pulse)
        knowing = Course(parameters["fact_steps"], FACT_ROWS, FACT_RATE, seed=seed)
        teach(network, facts, knowing, pad=PLACES[PAD], watch=watch)
        reading = Course(parameters["base_steps"], ROWS, BASE_RATE, seed=seed)
        lessons = [*(_lesson(pair) for pair in (*short, *few * 3)), *facts * 2]
        teach(network, lessons, reading, pad=PLACES[PAD], watch=watch)
        return cls(network, [*few, *short[:: max(1, len(short) // 600)]])

    def learn(self, pairs: Sequence[Pair], *, steps: int, seed: int, pulse: Pulse) -> TinyPupil:
        network = copy.deepcopy(self._network)
        lessons = [_lesson(pair) for pair in (*pairs, *self._before)]
        course = Course(steps, min(ROWS, len(lessons)), RATE, seed=seed)
        teach(network, lessons, course, pad=PLACES[PAD], watch=_watching(pulse))
        return TinyPupil(network, self._before)

    def write(self, prompts: Sequence[str], pulse: Pulse) -> list[str]:
        found: list[str] = []
        for start in range(0, len(prompts), TOGETHER):
            rows = [_encode(prompt) for prompt in prompts[start : start + TOGETHER]]
            longest = max(map(len, rows))
            tokens = torch.tensor([[PLACES[PAD]] * (longest - len(row)) + row for row in rows])
            with computing(Arithmetic(threads=threads_allowed())):
                written = self._network.generate(
                    input_ids=tokens,
                    attention_mask=(tokens != PLACES[PAD]).long(),
                    max_new_tokens=LONGEST_REPLY,
                    do_sample=False,
                )
            found += [_decode(row[longest:].tolist()) for row in written]
            pulse()
        return found


class AdaptedPupil:
    """The bundled model: its base is asked with worked examples, and lessons are low-rank adapters (Hu et al. 2021)."""

    def __init__(self, model: LanguageModel, examples: Sequence[Problem]) -> None:
        self._model = model
        self._examples = examples

    @classmethod
    def born(cls, examples: Sequence[Problem], parameters: Parameters, *, seed: int, pulse: Pulse) -> AdaptedPupil:
        return cls(get_model("local", {}), examples[: parameters["shown"]])

    def learn(self, pairs: Sequence[Pair], *, steps: int, seed: int, pulse: Pulse) -> AdaptedPupil:
        lessons = [*pairs, *_worked(self._examples)]
        prompts = [(self._prompt(given), reply) for given, reply in lessons]
        model = tuned({}, prompts, Course(steps, ADAPTER_ROWS, seed=seed), watch=_watching(pulse))
        return AdaptedPupil(model, self._examples)

    def write(self, prompts: Sequence[str], pulse: Pulse) -> list[str]:
        found: list[str] = []
        for start in range(0, len(prompts), ROWS):
            asked_now = [self._prompt(prompt) for prompt in prompts[start : start + ROWS]]
            replies = self._model.generate(asked_now, max_tokens=REPLY_TOKENS)
            found += [reply.text.strip().split("\n")[0] if isinstance(reply, Reply) else "" for reply in replies]
            pulse()
        return found

    def _prompt(self, given: str) -> Prompt:
        shown = "".join(f"{reads} {reply}\n" for reads, reply in _worked(self._examples))
        return Prompt(f"{TASK}{shown}", given)


PUPILS: dict[str, Callable[..., Pupil]] = {"tiny": TinyPupil.born, "adapter": AdaptedPupil.born}


def _worked(problems: Sequence[Problem]) -> list[Pair]:
    """Each with and without its hint, so that a pupil knows what a hint is."""
    return [(asked(problem, hint=hint), problem.rationale) for problem in problems for hint in (False, True)]


def _facts() -> list[Pair]:
    """Every sum, difference and product of its world; products are few, so they come more often."""
    numbers = range(1, LARGEST + 1)
    sums = [(f"fact : {a} + {b} =", f"{a + b}") for a in numbers for b in numbers if a + b <= LARGEST]
    differences = [(f"fact : {a} - {b} =", f"{a - b}") for a in numbers for b in numbers if b < a]
    products = [(f"fact : {a} * {b} =", f"{a * b}") for a in range(2, 10) for b in range(2, 10) if a * b <= LARGEST]
    return [*sums, *differences, *products * 8]


def _lesson(pair: Pair) -> Lesson:
    given, reply = _encode(pair[0]), _encode(pair[1])
    return Lesson((*given, *reply, PLACES[END]), len(given))


def _encode(text: str) -> list[int]:
    return [PLACES[word] for word in WORD.findall(text)]


def _decode(tokens: Sequence[int]) -> str:
    """`_encode` undone, up to the end of the text."""
    words = [WORDS[token] for token in tokens]
    ends = (place for place, word in enumerate(words) if word in (END, PAD))
    return " ".join(words[: next(ends, len(words))])


def _watching(pulse: Pulse) -> Callable[[int, int], None]:
    return lambda done, total: pulse()
