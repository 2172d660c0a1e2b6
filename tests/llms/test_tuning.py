"""Fine-tuning: lessons are learned, the base stays, and nothing is taught twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from annotation.llms import Permanent, Prompt, get_model
from annotation.llms.tuning import Course, Lesson, teach, tuned
from annotation.llms.weights import find_chat_model

PAIRS = [(Prompt("Say it.\n", "one"), "first"), (Prompt("Say it.\n", "two"), "second")]
COURSE = Course(steps=30, rows=2, rate=0.02)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A model that is small, knows nothing, and reads with the bundled model's tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(find_chat_model(), local_files_only=True)
    torch.manual_seed(0)
    network = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=256,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            initializer_range=0.5,
        )
    )
    network.save_pretrained(tmp_path / "small")
    tokenizer.save_pretrained(tmp_path / "small")
    monkeypatch.setenv("SYNTHWEB_MODELS", str(tmp_path / "models"))
    return {"model": str(tmp_path / "small")}


def test_a_tuned_model_says_what_it_was_taught_and_is_taught_once(config: dict[str, str]) -> None:
    seen: list[int] = []
    model = tuned(config, PAIRS, COURSE, watch=lambda done, total: seen.append(done))
    assert seen == list(range(1, 31))
    base = get_model("local", config)
    assert base.digest != model.digest
    prompts, replies = [prompt for prompt, _ in PAIRS], [reply for _, reply in PAIRS]
    before, after = (np.diag(each.choose(prompts, replies).logprobs) for each in (base, model))
    assert (after > before + 2).all(), (before, after)
    again = tuned(config, PAIRS, COURSE, watch=lambda done, total: seen.append(done))
    assert (len(seen), again.digest) == (30, model.digest)


def test_a_training_that_was_stopped_leaves_nothing_behind(config: dict[str, str], tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tuned(config, PAIRS, COURSE, watch=stop)
    assert not [path for path in (tmp_path / "models" / "tuned").iterdir() if path.suffix != ".lock"]


def test_nothing_to_learn_is_said(config: dict[str, str]) -> None:
    with pytest.raises(Permanent, match="nothing to learn"):
        tuned(config, [], COURSE)


def test_a_step_in_several_passes_teaches_what_one_pass_does(monkeypatch: pytest.MonkeyPatch) -> None:
    lessons = [Lesson(tuple(range(1, size)), given) for size, given in ((5, 2), (9, 0), (16, 7))]

    def taught() -> tuple[float, torch.Tensor]:
        torch.manual_seed(0)
        shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1}
        network = LlamaForCausalLM(LlamaConfig(vocab_size=20, **shape))
        loss = teach(network, lessons, Course(steps=4, rows=3, rate=0.02))
        return loss, torch.cat([weight.detach().flatten() for weight in network.parameters()])

    loss, weights = taught()
    monkeypatch.setattr("annotation.llms.tuning.PASS_SCORES", 20)
    again, others = taught()
    assert again == pytest.approx(loss, rel=1e-4)
    assert torch.allclose(weights, others, atol=1e-4)
