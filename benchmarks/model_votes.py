"""Votes per second of the bundled model: scored options against generated replies, on the same prompts.

    python -m benchmarks.model_votes [--items 64] [--naive 8] [--rounds 3]

Every prompt has guidelines of 20 lines and 8 examples. The two rivals are what a script without this code would do
with the same weights and transformers as it comes: one `generate` per item, and the text-generation pipeline with
batches of 8. All ways are read in every round, one after the other, so that a busy machine is busy for all; loading
is left out. The last lines hold the work against what the machine can multiply.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

from annotation.llms import Prompt, get_model
from annotation.llms.local import LocalModel
from annotation.llms.packing import build_tree
from annotation.llms.probing import multiply_rate
from annotation.llms.weights import find_chat_model

GUIDELINES = """Sort each customer message by what the customer wants us to do.
Read the whole message before you decide.
Choose Refund only where money is asked back.
A question about an amount is a Billing question, also where the customer is angry.
A message about a parcel is Delivery status, whoever carries it.
A parcel that came damaged is Refund where money is asked back, and Delivery status where another one is.
Technical problem is everything that does not work in the app or on the website.
A forgotten password is a Technical problem.
Cancel subscription is also what pausing is called.
A threat to leave is not a cancellation.
Change address covers post and e-mail addresses.
A new name after a wedding is a Change address too.
When two wishes are in one message, choose the one that the customer would be most upset to see ignored.
When both weigh the same, choose the one that comes first.
Thanks and greetings do not count.
Order numbers and dates do not count.
A quoted message of ours does not count.
Irony is read as what it means.
A message in another language is sorted like any other.
When nothing fits, choose what our first answer would be about."""
TITLES = ["Refund", "Billing question", "Technical problem", "Delivery status", "Cancel subscription", "Change address"]
SENTENCES = [
    "I was charged twice this month and would like the second payment back.",
    "The parcel has been in transit for nine days and nobody answers the phone.",
    "Since the update the app closes as soon as I open the settings page.",
    "Could you explain the amount on my last invoice?",
    "I have moved; please send everything to the new flat from now on.",
    "Stop my subscription at the end of the month.",
    "Thank you for the quick answer last time.",
    "My order number is 48213 and I ordered on a Tuesday.",
]
EXAMPLES = 8
REPLY_TOKENS = 6  # what the longest option needs
PIPELINE_BATCH = 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=64, help="for scored options")
    parser.add_argument("--naive", type=int, default=8, help="for each rival")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    prompts = make_prompts(arguments.items)
    model = get_model("local", {})
    assert isinstance(model, LocalModel)
    rivals = Rivals()
    chats = [rivals.chat(prompt) for prompt in prompts[: arguments.naive]]
    ways: dict[str, tuple[int, Callable[[], object]]] = {
        "scored options": (len(prompts), lambda: model.choose(prompts, [f" {title}" for title in TITLES])),
        "one generate per item": (len(chats), lambda: rivals.generate_each(chats)),
        "pipeline with batches": (len(chats), lambda: rivals.generate_in_batches(chats)),
    }
    print(f"{model.probe.arithmetic}; {torch.get_num_threads()} threads for the rivals; {arguments.rounds} rounds")
    model.choose(prompts[:2], [f" {title}" for title in TITLES])  # the prefix is read once per run
    rates: dict[str, list[float]] = {name: [] for name in ways}
    limits = []
    for _ in range(arguments.rounds):
        for name, (count, run) in ways.items():
            rates[name].append(count / seconds(run))
        limits.append(multiply_rate(layer_shape(model), model.probe.arithmetic, count=4_096))
    ours = statistics.median(rates["scored options"])
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:22} {rate:6.2f} votes/s ({min(found):.2f}–{max(found):.2f}); ours is {ours / rate:.1f}×")
    limit = statistics.median(limits)
    linear, attention = work(model, prompts)
    print(f"matrix products of the model's shape: {limit:.0f} · 10⁹/s")
    for name, operations in (("weights × tokens", linear), ("with attention", linear + attention)):
        rate = operations / 1e9 * ours / len(prompts)
        print(f"scored options, {name}: {rate:.0f} · 10⁹/s, {rate / limit:.0%} of that")


def make_prompts(count: int) -> list[Prompt]:
    chance = random.Random(1)
    examples = "\n\n".join(
        f"<text>\n{' '.join(chance.choices(SENTENCES, k=3))}\n</text>\nThe intent of this text is {title}"
        for title in chance.choices(TITLES, k=EXAMPLES)
    )
    instructions = f"{GUIDELINES}\n\n{examples}\n\n<text>\n"
    texts = [" ".join(chance.choices(SENTENCES, k=chance.randint(1, 6))) for _ in range(count)]
    return [Prompt(instructions, text, "\n</text>", "The intent of this text is") for text in texts]


class Rivals:
    """The same weights in transformers as it comes."""

    def __init__(self) -> None:
        folder = find_chat_model()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self._tokenizer.padding_side = "left"
        self._pipeline: Any = pipeline("text-generation", model=self._network, tokenizer=self._tokenizer)

    def chat(self, prompt: Prompt) -> str:
        content = prompt.instructions + prompt.text + prompt.cue
        rendered = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        return f"{rendered}{prompt.lead}"

    @torch.inference_mode()
    def generate_each(self, chats: Sequence[str]) -> None:
        for chat in chats:
            tokens = self._tokenizer(chat, return_tensors="pt", add_special_tokens=False)
            self._network.generate(**tokens, max_new_tokens=REPLY_TOKENS, do_sample=False)

    def generate_in_batches(self, chats: Sequence[str]) -> None:
        self._pipeline(
            list(chats),
            batch_size=PIPELINE_BATCH,
            max_new_tokens=REPLY_TOKENS,
            do_sample=False,
            return_full_text=False,
            add_special_tokens=False,
        )


def layer_shape(model: LocalModel) -> tuple[int, int]:
    config = model._network.config
    return config.hidden_size, config.intermediate_size


def work(model: LocalModel, prompts: Sequence[Prompt]) -> tuple[float, float]:
    """(weights × tokens, attention): floating-point operations that one round of scoring cannot do without."""
    config, network = model._network.config, model._network
    prefix = len(model._tokens.prefix(prompts[0]))
    bodies = [len(model._tokens.body(prompt)[0]) for prompt in prompts]
    nodes = len(build_tree([model._tokens.encode(f" {title}") for title in TITLES]).tokens)
    tokens = sum(bodies) + nodes * len(prompts)
    output = config.vocab_size * config.hidden_size
    layers = sum(weight.numel() for weight in network.parameters()) - output
    width = config.num_attention_heads * (config.hidden_size // config.num_attention_heads)
    attended = sum((body + nodes) * (prefix + (body + nodes) / 2) for body in bodies)
    linear = 2.0 * layers * tokens + 2.0 * output * (nodes + 1) * len(prompts)
    return linear, 4.0 * config.num_hidden_layers * width * attended


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
