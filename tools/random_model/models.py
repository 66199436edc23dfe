# SPDX-License-Identifier: Apache-2.0
"""Random models of the supported families, by transformers' own classes."""

import json
from pathlib import Path

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

CLASSES = {
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    "llama": (LlamaConfig, LlamaForCausalLM),
}
# Small models get real margins between their two best tokens only from wide weights.
DEFAULT_STD = 0.3

# Rotary positions of Llama 3.1 at a scale where a few dozen positions meet all three branches.
SMALL_LLAMA3_ROPE = {
    "rope_type": "llama3", "rope_theta": 500.0, "factor": 4.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
}
_SMALL = {
    "vocab_size": 512, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512,
    "eos_token_id": 511, "pad_token_id": 0,
}
# What a published model looks like, small; the last two have real sizes and one vocabulary.
SHAPES = {
    "qwen2.5": {"family": "qwen2", **_SMALL, "tie_word_embeddings": True,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}},
    "qwen2.5-math": {"family": "qwen2", **_SMALL, "tie_word_embeddings": False,
                     "rope_parameters": {"rope_type": "default", "rope_theta": 1e4}},
    "qwen3": {"family": "qwen3", **_SMALL, "head_dim": 32, "tie_word_embeddings": True,
              "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}},
    "llama3": {"family": "llama", **_SMALL, "tie_word_embeddings": False,
               "rope_parameters": SMALL_LLAMA3_ROPE},
    "smollm2": {"family": "llama", **_SMALL, "num_attention_heads": 8, "tie_word_embeddings": True,
                "rms_norm_eps": 1e-5,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e5}},
    "biased-llama": {"family": "llama", **_SMALL, "attention_bias": True, "mlp_bias": True},
    "r1-distill-qwen": {"family": "qwen2", **_SMALL, "num_key_value_heads": 1,
                        "tie_word_embeddings": False},
    "r1-distill-llama": {"family": "llama", **_SMALL, "num_attention_heads": 8,
                         "tie_word_embeddings": False, "rope_parameters": SMALL_LLAMA3_ROPE},
    "qwen2.5-0.5b": {"family": "qwen2", "vocab_size": 151936, "hidden_size": 896,
                     "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14,
                     "num_key_value_heads": 2, "max_position_embeddings": 32768,
                     "tie_word_embeddings": True, "eos_token_id": 151645, "pad_token_id": 151643,
                     "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}},
    "amateur-0.06b": {"family": "qwen2", "vocab_size": 151936, "hidden_size": 320,
                      "intermediate_size": 1280, "num_hidden_layers": 6, "num_attention_heads": 5,
                      "num_key_value_heads": 1, "max_position_embeddings": 32768,
                      "tie_word_embeddings": True, "eos_token_id": 151645, "pad_token_id": 151643,
                      "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}},
}


def random_model(seed: int, family: str, std: float = DEFAULT_STD, **shape) -> PreTrainedModel:
    """Weights normal around 0, those of norms around 1; fp32."""
    config, architecture = CLASSES[family]
    torch.manual_seed(seed)
    model = architecture(config(**shape)).eval()
    for name, parameter in model.named_parameters():
        torch.nn.init.normal_(parameter, mean=float("norm" in name), std=std)
    return model


def write_old_style_config(folder: Path, **more) -> None:
    """The same configuration in the keys of transformers 4, with `more` keys."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    rope = config.pop("rope_parameters")
    config["torch_dtype"] = config.pop("dtype")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope if rope.get("rope_type", "default") != "default" else None
    config["transformers_version"] = "4.51.0"
    config.pop("layer_types", None)
    config.update(more)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
