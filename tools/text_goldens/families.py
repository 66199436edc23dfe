# SPDX-License-Identifier: Apache-2.0
"""The pipelines of the model families, and small tokenizers trained with them."""

import json

from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

PATTERNS = {
    "GPT-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "Qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| "
    r"?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "Llama 3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| "
    r"?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "DeepSeek-V3 numbers": r"\p{N}{1,3}",
    "DeepSeek-V3 Chinese and Japanese": "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    # Line breaks stand in it as such, as in the file.
    "DeepSeek-V3 words": r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|"""
    "[^\r\n" r"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[" "\r\n" r"]*|\s*[" "\r\n"
    r"]+|\s+(?!\S)|\s+",
    "demo pair": r"\p{N}| ?\p{L}+|\s*[^\s\p{L}\p{N}]+|\s+",
}

QWEN_SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
QWEN_WORDS = ["<think>", "</think>"]  # added, but not special
LLAMA_SPECIALS = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>",
                  "<|end_header_id|>", "<|eot_id|>"]  # fmt: skip
DEEPSEEK_BOS = "<\uff5cbegin\u2581of\u2581sentence\uff5c>"
DEEPSEEK_SPECIALS = [DEEPSEEK_BOS, "<\uff5cend\u2581of\u2581sentence\uff5c>"]
DEEPSEEK_WORDS = ["<\uff5cUser\uff5c>", "<\uff5cAssistant\uff5c>", "<think>", "</think>"]


# The bytes that no token of SmolLM2's vocabulary spells; it has no unknown token either.
SMOLLM2_LACKS = [0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0xC0, 0xC1, 0xF1, 0xF2, *range(0xF5, 0x100)]


def byte_characters():
    """GPT-2's byte alphabet: [byte] its character."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return dict(zip(printable + others, map(chr, [*printable, *range(256, 256 + len(others))])))


def split(name):
    return pre_tokenizers.Split(Regex(PATTERNS[name]), "isolated")


def byte_level(use_regex=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)


def begin_with(token, tokenizer):
    """The post-processor that puts a token before each text."""
    special = [(token, tokenizer.token_to_id(token))]
    return processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token} $B", special_tokens=special
    )


def qwen(tokenizer):
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split("Qwen2"), byte_level()])
    tokenizer.add_special_tokens(QWEN_SPECIALS)
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in QWEN_WORDS])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)


def llama3(tokenizer):
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split("Llama 3"), byte_level()])
    tokenizer.add_special_tokens(LLAMA_SPECIALS)
    bos = begin_with(LLAMA_SPECIALS[0], tokenizer)
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(), bos])


def smollm2(tokenizer):
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level(use_regex=True)])
    tokenizer.add_special_tokens(QWEN_SPECIALS)


def gpt2(tokenizer):
    tokenizer.pre_tokenizer = byte_level(use_regex=True)
    tokenizer.add_special_tokens([AddedToken("<|endoftext|>", normalized=True, special=True)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)


def deepseek_v3(tokenizer):
    tokenizer.normalizer = normalizers.Sequence([])
    names = [name for name in PATTERNS if name.startswith("DeepSeek-V3")]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*map(split, names), byte_level()])
    tokenizer.add_special_tokens(DEEPSEEK_SPECIALS)
    tokenizer.add_tokens([AddedToken(word, normalized=True) for word in DEEPSEEK_WORDS])
    tokenizer.post_processor = begin_with(DEEPSEEK_BOS, tokenizer)


def deepseek_r1_qwen(tokenizer):
    """The distilled models: Qwen's words, DeepSeek's tokens."""
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split("Qwen2"), byte_level()])
    tokenizer.add_special_tokens(DEEPSEEK_SPECIALS)
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in DEEPSEEK_WORDS])
    tokenizer.post_processor = begin_with(DEEPSEEK_BOS, tokenizer)


FAMILIES = {
    "qwen2.5": qwen,
    "llama-3": llama3,
    "smollm2": smollm2,
    "gpt-2": gpt2,
    "deepseek-v3": deepseek_v3,
    "deepseek-r1-qwen": deepseek_r1_qwen,
}


def without_bytes(model, lacking):
    """The model without the tokens and merges that spell these bytes, its ids closed up."""
    characters = byte_characters()
    gone = {characters[byte] for byte in lacking}
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    kept = [token for token in tokens if not gone & set(token)]
    merges = [merge for merge in model["merges"] if not gone & set("".join(merge))]
    return {**model, "vocab": {token: i for i, token in enumerate(kept)}, "merges": merges}


def train(family, texts, vocabulary=560):
    """The tokenizer.json of a small tokenizer of the family, as an object. Merges are made over the
    family's own words, so that they show where words end."""
    pipeline = Tokenizer(models.BPE({"a": 0}, []))
    FAMILIES[family](pipeline)
    learned = Tokenizer(models.BPE())
    learned.normalizer, learned.pre_tokenizer = pipeline.normalizer, pipeline.pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    learned.train_from_iterator(texts, trainer)
    model = json.loads(learned.to_str())["model"]
    if family == "llama-3":
        # Tokens that no merge makes: only a word taken whole becomes one.
        model["ignore_merges"] = True
        model["merges"] = [merge for i, merge in enumerate(model["merges"]) if i % 7]
    if family == "smollm2":
        model = without_bytes(model, SMOLLM2_LACKS)
    return with_model(family, model)


def with_model(family, model):
    """The tokenizer.json of the family's pipeline around a model, its merges texts or pairs."""
    merges = [tuple(m.split(" ") if isinstance(m, str) else m) for m in model["merges"]]
    ignore = model.get("ignore_merges", False)
    tokenizer = Tokenizer(models.BPE(model["vocab"], merges, ignore_merges=ignore))
    tokenizer.decoder = decoders.ByteLevel()
    FAMILIES[family](tokenizer)
    return json.loads(tokenizer.to_str())
