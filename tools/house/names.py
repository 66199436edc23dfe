# SPDX-License-Identifier: Apache-2.0
"""Names in texts that must exist: keys of the run file, jobs, files of the tree, linked places."""

import ast
import re
from pathlib import Path

import cpp
import rules

# The table of keys, where each stands whole.
KEY_TABLES = ("src/config/fields.cpp", "src/config/method.cpp")
_KEY_IN_TABLE = re.compile(r'"([a-z]+\.[a-z0-9_]+)"')

# Words after a section's name that make it a file's: "run.toml".
_FILE_TYPES = "cpp|hpp|py|sh|toml|json|jsonl|html|h5|md|txt|lock|log|csv|safetensors"
# Named as keys are, but told by a model's files: what stage keys hold beside the run file's keys.
_FACTS = {"method.pad_id"}
_FOLDERS = r"(?:src|jobs|tests|tools|config|docs|slurm|\.ci)"
_PATH = re.compile(rf"(?<![\w./~${{}}-]){_FOLDERS}/[\w./*-]*[\w/*]")
# Files that hold violations and patterns on purpose.
_EXAMPLES = ("tests/house/house_test.py", "tools/house/rules.py")


def keys_of(files: dict[str, str]) -> set[str]:
    """All keys of a run file, from the text of the table."""
    return {key for name in KEY_TABLES for key in _KEY_IN_TABLE.findall(files.get(name, ""))}


def stages_and_jobs(files: dict[str, str]) -> list[str]:
    """What the file of their names calls them."""
    return re.findall(r'(?:=|return) "([a-z-]+)";', files.get(rules.NAMES, ""))


def unknown_jobs(name: str, text: str, jobs: list[str]):
    """Commands of the program with a word that is no job. Tests name such on purpose."""
    if name.startswith("tests/") or not name.endswith((".md", ".hpp", ".cpp", ".toml")):
        return
    for number, line in enumerate(prose_of(name, text).splitlines(), start=1):
        for word in re.findall(r"\blightreasoner ([a-z][a-z-]+)\b", line):
            if word not in jobs:
                yield number, f"`lightreasoner {word}` is no job"


def _anchors_of(text: str) -> set[str]:
    """A document's headings as GitHub links them."""
    headings = re.findall(r"^#+ +(.*?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(name: str, text: str, tree: Path):
    """Links of a document to files that are not there, or to headings that those do not have."""
    for number, line in enumerate(text.splitlines(), start=1):
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            place = (tree / name).parent / target if target else tree / name
            if not place.exists():
                yield number, f"a link to {target}, which does not exist"
            elif anchor and anchor not in _anchors_of(place.read_text(encoding="utf-8")):
                yield number, f"a link to #{anchor}, which is no heading of {target or name}"


def _prose_of_python(text: str) -> str:
    """The text with blanks in place of all that is neither comment nor string."""
    kept = [""] * (text.count("\n") + 2)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for offset, line in enumerate(node.value.split("\n")):
                kept[min(node.lineno - 1 + offset, len(kept) - 1)] += " " + line
    for number, line in enumerate(text.split("\n")):
        comment = re.search(r"(^|\s)#(.*)", line)
        kept[number] += comment.group(2) if comment else ""
    return "\n".join(kept)


def prose_of(name: str, text: str) -> str:
    """What of a file is read by people or holds keys, line by line."""
    if name.endswith((".hpp", ".cpp")):
        return cpp.comments_and_strings(text)
    if name.endswith(".py") or re.match(r"#!.*python", text):
        return _prose_of_python(text)
    return text


def _unknown_keys_of_toml(text: str, keys: set[str]):
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\[([a-z]+)\]", line):
            section = header.group(1)
        elif assigned := re.match(r"([A-Za-z0-9_]+)\s*=", line):
            if f"{section}.{assigned.group(1)}" not in keys:
                yield number, f"{section}.{assigned.group(1)} is no key of a run file"


def unknown_keys(name: str, text: str, keys: set[str]):
    """Keys that are named and do not exist. Tests name such keys on purpose, and the change log
    keys that were."""
    if name.startswith("tests/") or name == "CHANGELOG.md":
        return
    if re.fullmatch(r"config/(runs|prompts)/.*\.toml", name):
        yield from _unknown_keys_of_toml(text, keys)
    sections = "|".join(sorted({key.split(".")[0] for key in keys}))
    named = re.compile(
        rf"(?<![\w./:{{-])({sections})\.(?!(?:{_FILE_TYPES})\b)([a-z0-9_]{{2,}})(?![\w(])"
    )
    for number, line in enumerate(prose_of(name, text).splitlines(), start=1):
        for section, key in named.findall(line):
            if f"{section}.{key}" not in keys | _FACTS:
                yield number, f"{section}.{key} is no key of a run file"


def missing_files(name: str, text: str, tree: Path):
    """Paths from the top of the tree that are named and lead nowhere. NAME and * stand for any."""
    if name in _EXAMPLES:
        return
    for number, line in enumerate(prose_of(name, text).splitlines(), start=1):
        for path in _PATH.findall(line):
            if "NAME" not in path and "*" not in path and not (tree / path).exists():
                yield number, f"{path} does not exist"
