# SPDX-License-Identifier: Apache-2.0
"""usage: tools/check_house [TREE]

Checks that the tree keeps the house's rules (tools/house/rules.py): each module includes only what
src/CMakeLists.txt lets it see, each outside library only where it is owned; sizes; forbidden text;
keys of a run file and files of the tree that are named, in code or documents, and do not exist.
Prints one line a violation; exit 1 when there is any.
"""

import ast
import re
import sys
from pathlib import Path

import cpp
import names
import rules
import whole_tree

FOLDERS = ["src", "jobs", "tests", "tools", "slurm", "config/runs", "config/prompts", ".ci"]
NAMES = re.compile(r"CMakeLists\.txt|.*\.(hpp|cpp|py|cmake|toml|sh|sbatch)|[^.]+")
NOT_OURS = re.compile(r"tests/data/|.*__pycache__/")


def files_of(tree: Path) -> dict[str, str]:
    """Name in the tree to text, of every file that is code."""
    paths = [p for folder in FOLDERS for p in (tree / folder).rglob("*") if p.is_file()]
    paths.append(tree / "CMakeLists.txt")
    found = {p.relative_to(tree).as_posix(): p for p in sorted(paths)}
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in found.items()
        if NAMES.fullmatch(path.name) and not NOT_OURS.match(name)
    }


def modules_of(cmake: str) -> dict[str, set[str]]:
    """Module to all modules it sees, itself included, from src/CMakeLists.txt."""
    sees: dict[str, set[str]] = {}
    cmake = re.sub(r"#[^\n]*", "", cmake)
    for name, body in re.findall(r"lightreasoner_add_module\(\s*(\w+)([^)]*)\)", cmake):
        match = re.search(r"\bDEPENDS((?:\s+[a-z_]+)+)", body)
        depends = match.group(1).split() if match else []
        for other in depends:
            if other not in sees:
                raise SystemExit(f"src/CMakeLists.txt: {name} needs {other}, which comes later")
        sees[name] = {name}.union(*(sees[other] for other in depends))
    return sees


def check_includes(name: str, text: str, sees: dict[str, set[str]]):
    """An include against the arrows, or of a library owned elsewhere. Headers in tests/support are
    reached like those of the module of that name, and may see everything."""
    top, module = name.split("/")[0], name.split("/")[1]
    module = "jobs" if top == "jobs" else module
    allowed = sees.get(module, set(sees))
    if top == "tests":
        allowed = set(sees) if module == "support" else allowed | {"support"}
    # A part of tests/support with a library of its own.
    part = name.split("/")[2] if module == "support" and top == "tests" else module
    for line, quoted in cpp.includes(text):
        what = quoted[1:-1]
        first = what.split("/")[0]
        if quoted[0] == '"' and "/" in what and first in sees:
            if first not in allowed:
                yield line, f"{module} does not depend on {first}: {quoted}"
            continue
        for pattern, why in rules.FORBIDDEN_INCLUDES.items():
            if re.match(pattern, what):
                yield line, f"{quoted}: {why}"
        owners = [o for pattern, o in rules.OWNERS.items() if re.match(pattern, what)]
        if owners:
            if owners[0] is not None and not {module, part, top} & owners[0]:
                yield line, f"{quoted} belongs to {', '.join(sorted(owners[0]))}, not to {module}"
        elif quoted[0] == "<" and not rules.SYSTEM_INCLUDE.fullmatch(what):
            yield line, f"{quoted}: a library without an owner in tools/house/rules.py"


def check_cpp(name: str, text: str):
    """Form of a C++ file and sizes of its functions."""
    lines = text.splitlines()
    if name.endswith(".hpp"):
        if not re.search(r"^#pragma once$", text, re.MULTILINE):
            yield 1, "a header without #pragma once"
        if len(lines) < 2 or not lines[1].startswith("/// "):
            yield 2, "a header's second line says in one sentence what the file is for (///)"
    try:
        functions, conditions = cpp.functions_and_directives(text)
    except ValueError as error:
        yield len(lines), str(error)
        return
    for function in functions:
        if function.lines > rules.MAX_FUNCTION_LINES:
            yield function.line, f"{function.name} has {function.lines} lines"
        if function.parameters > rules.MAX_PARAMETERS:
            yield function.line, f"{function.name} has {function.parameters} parameters"
    for line in conditions:
        yield line, "a preprocessor condition inside a function: let CMake pick the file"


def check_python(text: str):
    """Sizes of Python functions."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if lines > rules.MAX_FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {lines} lines"


def check_text(name: str, text: str):
    """What holds for every file, whatever its language."""
    lines = text.splitlines()
    if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:2]):
        yield 1, "no SPDX line"
    if len(lines) > rules.MAX_FILE_LINES:
        yield len(lines), f"{len(lines)} lines, the limit is {rules.MAX_FILE_LINES}"
    is_cpp = name.endswith((".hpp", ".cpp"))
    code = (cpp.without_comments_and_strings(text) if is_cpp else text).splitlines()
    for number, (line, bare) in enumerate(zip(lines, code), start=1):
        if not line.isascii():
            yield number, "not ASCII"
        if line != line.rstrip() or "\t" in line:
            yield number, "a tab or a blank at the end"
        if len(line) > rules.MAX_LINE_LENGTH and not name.endswith((".hpp", ".cpp", ".cmake")):
            yield number, f"longer than {rules.MAX_LINE_LENGTH} characters"
        if name != "tools/house/rules.py":
            for pattern, why in rules.FORBIDDEN_TEXT:
                if re.search(pattern, line):
                    yield number, f"{why}: {line.strip()}"
            for pattern, where, why in rules.FORBIDDEN_CODE:
                if re.fullmatch(where, name) and re.search(pattern, bare):
                    yield number, f"{why}: {line.strip()}"


def documents_of(tree: Path) -> dict[str, str]:
    """Name in the tree to text, of what people read."""
    paths = [*sorted(tree.glob("*.md")), *sorted(tree.glob("docs/*.md"))]
    return {p.relative_to(tree).as_posix(): p.read_text(encoding="utf-8") for p in paths}


def violations(tree: Path):
    files = files_of(tree)
    keys = names.keys_of(files)
    sees = modules_of(files["src/CMakeLists.txt"])
    for name, text in files.items():
        found = list(check_text(name, text))
        if name.endswith((".hpp", ".cpp")):
            found += check_includes(name, text, sees)
            found += check_cpp(name, text)
        elif name.endswith(".py"):
            found += check_python(text)
        for line, message in found:
            yield f"{name}:{line}: {message}"
    documents, jobs = documents_of(tree), names.stages_and_jobs(files)
    for name, text in (files | documents).items():
        for check in (names.unknown_keys(name, text, keys), names.missing_files(name, text, tree),
                      names.unknown_jobs(name, text, jobs)):
            for line, message in check:
                yield f"{name}:{line}: {message}"
    for name, text in documents.items():
        for line, message in names.broken_links(name, text, tree):
            yield f"{name}:{line}: {message}"
    readme = tree / "README.md"
    if readme.exists():
        files["README.md"] = readme.read_text(encoding="utf-8")
    for check in whole_tree.CHECKS:
        for name, line, message in check(files):
            yield f"{name}:{line}: {message}"
    print(f"check_house: {len(files)} files, {len(sees)} modules", file=sys.stderr)


def main() -> None:
    if "--help" in sys.argv[1:] or len(sys.argv) > 2:
        print(__doc__.strip())
        raise SystemExit(0 if "--help" in sys.argv else 2)
    root = Path(__file__).resolve().parents[2]
    found = list(violations(Path(sys.argv[1]) if len(sys.argv) == 2 else root))
    print("\n".join(found), end="\n" if found else "")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
