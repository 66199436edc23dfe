# SPDX-License-Identifier: Apache-2.0
"""The pair's byte-level BPE tokenizer: digits one by one, words with their leading space."""

from random import Random

from problems import draw_problem
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PATTERN = r"\p{N}| ?\p{L}+|\s*[^\s\p{L}\p{N}]+|\s+"
PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CORPUS_SEED = 0
CORPUS_SIZE = 4000


def train_tokenizer() -> PreTrainedTokenizerFast:
    random = Random(CORPUS_SEED)
    corpus = []
    for index in range(CORPUS_SIZE):
        problem = draw_problem(random)
        answer = problem.reasoned() if index % 2 else problem.direct()
        corpus.append(f"{problem.prompt()}{answer}{END}\n")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=PAD)
