"""Options scored after a shared prefix, in models of several architectures: tiny ones with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    AutoTokenizer,
    GemmaConfig,
    GemmaForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from annotation.llms import Permanent, Prompt
from annotation.llms.local import LocalModel
from annotation.llms.weights import find_chat_model

SMALL = {
    "vocab_size": 49_152,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "head_dim": 8,
    "max_position_embeddings": 2_048,
    "initializer_range": 0.3,
}
SHARING = {"llama", "qwen3", "gemma", "gpt2"}
OPTIONS = [" refund", " refund request", " billing", " technical problem with the app"]
TEXTS = ["Money back, please.", "", "It crashes when I open it, and when I close it, and on Mondays. " * 4]


def make(name: str) -> PreTrainedModel:
    torch.manual_seed(1)
    if name == "llama":
        return LlamaForCausalLM(LlamaConfig(**SMALL))
    if name == "qwen3":
        return Qwen3ForCausalLM(Qwen3Config(**SMALL))
    if name == "gemma":
        return GemmaForCausalLM(GemmaConfig(**SMALL))
    if name == "gpt2":
        return GPT2LMHeadModel(GPT2Config(vocab_size=49_152, n_positions=2_048, n_embd=32, n_layer=2, n_head=4))
    return MistralForCausalLM(MistralConfig(**SMALL, sliding_window=24))


@pytest.fixture(params=["llama", "qwen3", "gemma", "gpt2", "mistral with a window"])
def model(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalModel:
    make(request.param).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(find_chat_model()).save_pretrained(tmp_path)
    monkeypatch.setenv("SYNTHWEB_MODELS", str(tmp_path / "models"))
    loaded = LocalModel({"model": str(tmp_path), "precision": "float32"})
    assert loaded.probe.shares_prefix is (request.param in SHARING)
    return loaded


@torch.inference_mode()
def test_any_causal_model_scores_by_the_definition(model: LocalModel) -> None:
    prompts = [
        Prompt(instructions, text, "\n\n", "The intent is")
        for instructions in ("Sort each message by what its sender wants. " * 10, "")
        for text in TEXTS
    ]
    expected = np.zeros((len(prompts), len(OPTIONS)))
    for row, prompt in enumerate(prompts):
        before = model._tokens.prefix(prompt) + model._tokens.body(prompt)[0]
        for column, option in enumerate(OPTIONS):
            tokens = model._tokens.encode(option)
            steps = model._network(input_ids=torch.tensor([[*before, *tokens]])).logits[0].log_softmax(-1)
            expected[row, column] = sum(float(steps[len(before) - 1 + at, token]) for at, token in enumerate(tokens))
    np.testing.assert_allclose(model.choose(prompts, OPTIONS).logprobs, expected, atol=2e-4)


@torch.inference_mode()
def test_any_causal_model_writes_in_a_batch_what_is_likeliest_token_by_token(model: LocalModel) -> None:
    prompts = [Prompt("Say something. " * 10, text) for text in TEXTS]
    expected = []
    for prompt in prompts:
        tokens = [*model._tokens.prefix(prompt), *model._tokens.body(prompt)[0]]
        before = len(tokens)
        for _ in range(6):
            tokens.append(int(model._network(input_ids=torch.tensor([tokens])).logits[0, -1].argmax()))
        expected.append(model._tokens.decode(tuple(tokens[before:])))
    assert [reply.text for reply in model.generate(prompts, max_tokens=6)] == expected


def test_a_precision_can_be_ordered_and_belongs_to_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("llama").save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(find_chat_model()).save_pretrained(tmp_path)
    monkeypatch.setenv("SYNTHWEB_MODELS", str(tmp_path / "models"))
    plain, rounded = (LocalModel({"model": str(tmp_path), "precision": each}) for each in ("float32", "bfloat16"))
    assert plain.probe.exact and not rounded.probe.exact
    assert rounded.digest != plain.digest
    prompts = [Prompt("Sort each message.\n\n", text) for text in TEXTS]
    scores = [model.choose(prompts, OPTIONS).logprobs for model in (plain, rounded)]
    np.testing.assert_allclose(*scores, atol=3)
    assert np.abs(scores[0] - scores[1]).max() > 1e-4
    with pytest.raises(Permanent, match="precision"):
        LocalModel({"precision": "float8"})
