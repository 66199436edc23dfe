# SPDX-License-Identifier: Apache-2.0
"""Texts that are hard to tokenize: a list written by hand, and as many more as one likes."""

from random import Random

TEXTS = [
    "",
    "a",
    " ",
    "0",
    "Tom has 13 apples. First Tom loses 12. Then the number grows 2 times.",
    "Solution: 13-12=1. 1*2=2. The answer is \\boxed{2}.",
    "Janet\u2019s ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes "
    "muffins for her friends every day with four.",
    "Janet sells 16 - 3 - 4 = <<16-3-4=9>>9 duck eggs a day.\n#### 18",
    "He buys a house for $80,000 and then puts in $50,000 in repairs.  150%.",
    "<|im_start|>system\nPlease reason step by step.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n"
    "<|im_start|>assistant\n",
    "line\vx line \vline\v<a>",
    "<|im_start|>",
    "<|im_start|><|im_start|>",
    "<|im_start|>>",
    "<<|im_end|>",
    "<|im_end|",
    "<|im_star|>",
    "<| im_start |>",
    "x<|endoftext|>y<|endoftext|>",
    " <|im_end|> ",
    "<|im_end|>\n\n<|im_end|>",
    "I'm you're he'll they've we'd it's don't",
    "I'M YOU'RE HE'LL THEY'VE WE'D IT'S DON'T",
    "'\u017f '\u017ft 'Ve '\u212a",
    "rock 'n' roll ''quoted'' 'twas",
    "  two  spaces   three    four",
    "trailing   ",
    "   leading",
    "\t\ttabs\tand \t spaces \t",
    "line\nline\n\nline\r\nline\r\rline",
    " \n \n x",
    "\n\n\n   ",
    "x \n",
    "(a) [b] {c}: d; e, f. g! h? -- i... j",
    "f(x)=x^2+3*x-7; y!=z && w||v",
    "$$\\frac{1}{2}\\sqrt{3}$$",
    "3.14159 1,000,000 1e-9 0x7f 12:34",
    "na\u00efve caf\u00e9 \u00fcber stra\u00dfe",
    "cafe\u0301 A\u030angstro\u0308m",
    "e\u0301\u0301\u0301x",
    "\u0301 lone combining mark",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30b9\u30c8 \u3068 \ud55c\uad6d\uc5b4",
    "\u3007\u4e00\u4e8c\u4e09 \u2460\u2461 \u00bd \u2167 \u0663\u0664",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!",
    "\U0001f600",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 family \U0001f1e9\U0001f1ea flag",
    "\U0001f44d\U0001f3fd thumb",
    "a\U0001f600b 1\U0001f6001",
    "\u00a0nbsp\u00a0 \u2003em\u2003 \u3000wide\u3000",
    "next\u0085line\u2028sep\u2029par",
    "a\u180eb \u180e c\u180e1",
    "a\u200bb\u200c\u200d\ufeffc",
    "\u0000nul\u0001\u001f\u007f\u0080",
    "\u00ad soft \u00a1\u00ac\u00ae",
    "\u0120\u010a\u0100",
    "\u2212 \u00d7 \u00f7 \u2264 \u2260 \u221a \u03c0 \u2211",
    "\U0001d465\U0001d7cf \U00020000 \U0010ffff",
    "\ufffd \ufffe \uffff",
    # Letters and numbers that are new in Unicode 15 and 16.
    "\u1c89a \U00031350\U000323af \U0002ebf0x1 \U00010d40\U0001e4f01 !\U00010d40 \U00013460",
    "stst stim imim st im   ststim",
    "a" * 100,
    "st" * 50 + " " * 37 + "1" * 20,
    "<a>b<a <a>>b",
    "apples.<|im_end|>apples.<x",
    "\u4e16\u754c \u00e9\u00e9 pineapples",
]

# What a hard text is put together from.
_PARTS = {
    "words": [
        "apples", " the", "Tom", "WE'LL", " don't", "'re", "\u2019s", " cafe\u0301",
        "\\frac{1}{2}",
    ],
    "digits": [
        "0", "7", "42", "365", "1000", "31415926", "\u0663\u0664", "\u00bd", "\u2460",
        "\U0001d7cf",
    ],
    "spaces": [
        " ", "  ", "\t", "\n", "\r\n", "\n\n\n", " \n ", "\u00a0", "\u3000", "\u2028", "      ",
    ],
    "punctuation": [
        "...", "$$", "(", ")]", "<<", ">>", "#### ", "!=", "&&", "\u00bf", "\u2014", "\u3001",
    ],
    "emoji": [
        "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea",
        "\u2764\ufe0f",
    ],
    "marks": [
        "\u0301", "\u0323", "\u093c", "\u0338", "\u20d0", "e\u0301\u0323", "o\u031b\u0323",
        "\u1e0b\u0323",
    ],
    "cjk": [
        "\u4f60\u597d", "\u65e5\u672c\u8a9e", "\u306e\u30c6", "\ud55c\uad6d",
        "\u1100\u1161\u11a8", "\uf900",
    ],
    "rtl": [
        "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd", "\u202e",
        "\u0627\u064b\u0651",
    ],
    "controls": [
        "\u0000", "\u001f", "\u007f", "\u0085", "\u200b", "\ufeff", "\ufffd", "\uffff",
        "\U0010ffff",
    ],
    "specials": [
        "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|begin_of_text|>", "<|im_",
        "|>", "<think>", "</think>", "<\uff5cUser\uff5c>",
        "<\uff5cbegin\u2581of\u2581sentence\uff5c>",
    ],
}  # fmt: skip


def _any_character(random: Random) -> str:
    """Of any plane, small ones more often."""
    while True:
        code = random.randrange(1 << random.randint(5, 21))
        if code < 0x110000 and not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def hard_texts(seed: int, count: int, longest: int = 40) -> list[str]:
    """Texts of up to `longest` parts, the same for the same arguments."""
    random = Random(seed)
    kinds = list(_PARTS)
    texts = []
    for _ in range(count):
        parts = []
        for _ in range(random.randint(1, longest)):
            kind = random.choice([*kinds, "any"])
            part = _any_character(random) if kind == "any" else random.choice(_PARTS[kind])
            parts.append(part * random.choice([1, 1, 1, 2, random.randint(1, 9)]))
        texts.append("".join(parts))
    return texts
