# SPDX-License-Identifier: Apache-2.0
"""The house's rules that no file can be held to alone: what is counted or followed across files.
Each check takes the tree's files (name to text) and yields (file, line, message)."""

import posixpath
import re

import cpp
import names
import rules

_CODE = re.compile(r"(src|jobs|tests)/.*\.(hpp|cpp)")


def _code(files: dict[str, str], ending: str = "") -> dict[str, str]:
    return {n: t for n, t in files.items() if _CODE.fullmatch(n) and n.endswith(ending)}


def _file_of(quoted: str, by: str, files: dict[str, str]) -> str | None:
    """Name in the tree of what `by` includes in quotes."""
    what = quoted[1:-1]
    places = [f"src/{what}", f"tests/{what}", f"jobs/{what}",
              posixpath.join(posixpath.dirname(by), what)]
    return next((place for place in places if place in files), None)


def check_include_loops(files: dict[str, str]):
    """A header that includes itself round about."""
    headers = _code(files, ".hpp")
    includes = {name: [(line, other) for line, quoted in cpp.includes(text)
                       if (other := _file_of(quoted, name, headers))]
                for name, text in headers.items()}
    done: set[str] = set()

    def walk(name: str, path: list[str]):
        for line, other in includes[name]:
            if other in path:
                yield name, line, "a loop of includes: " + " -> ".join(
                    [*path[path.index(other):], other])
            elif other not in done:
                yield from walk(other, [*path, other])
        done.add(name)

    for name in includes:
        if name not in done:
            yield from walk(name, [name])


def check_forward_declarations(files: dict[str, str]):
    """A header that declares what another header defines, instead of including it."""
    headers = _code(files, ".hpp")
    homes = {found.name: name for name, text in headers.items() for found in cpp.structs(text)}
    for name, text in headers.items():
        code = cpp.without_comments_and_strings(text)
        for match in re.finditer(r"^(?:struct|class) (\w+);", code, re.MULTILINE):
            home = homes.get(match.group(1), name)
            if home != name:
                line = code.count("\n", 0, match.start()) + 1
                yield name, line, f"declares {match.group(1)} instead of including {home}"


def check_module_sizes(files: dict[str, str]):
    """Too many file pairs in a folder of src; too long a job or README."""
    sources: dict[str, int] = {}
    for name in _code(files, ".cpp"):
        top, module = name.split("/")[:2]
        if top == "src":
            sources[module] = sources.get(module, 0) + 1
    for module, count in sources.items():
        if count > rules.MAX_FILE_PAIRS:
            yield f"src/{module}", 1, (
                f"{count} file pairs, the limit of a module is {rules.MAX_FILE_PAIRS}")
    for pattern, limit in rules.MAX_LINES_OF.items():
        for name, text in files.items():
            lines = text.count("\n")
            if re.fullmatch(pattern, name) and lines > limit:
                yield name, lines, f"{lines} lines, the limit is {limit}"


def _function_heads(text: str) -> list[str]:
    try:
        return [function.head for function in cpp.functions_and_directives(text)[0]]
    except ValueError:  # which check_cpp reports
        return []


def check_structs(files: dict[str, str]):
    """A struct of many members that many functions take whole: they should take what they use."""
    code = {n: t for n, t in _code(files).items() if not n.startswith("tests/")}
    heads = [head for text in code.values() for head in _function_heads(text)]
    for name, text in code.items():
        for struct in cpp.structs(text):
            if struct.members <= rules.MAX_MEMBERS:
                continue
            taken = re.compile(rf"[(,]\s*(const )?(\w+::)*{struct.name}\s*&{{0,2}}\s*\w+\s*[,)=]")
            takers = sum(bool(taken.search(head)) for head in heads)
            if takers > rules.MAX_TAKERS:
                yield name, struct.line, (
                    f"{struct.name} has {struct.members} members and is taken whole by {takers} "
                    f"functions: give each what it uses")


def check_header_includes(files: dict[str, str]):
    """A header that uses a name and leans on a neighbour to include what declares it."""
    for name, text in _code(files, ".hpp").items():
        code = cpp.without_comments_and_strings(text)
        included = {quoted[1:-1] for _, quoted in cpp.includes(text)}
        for header, pattern in rules.DECLARED_IN.items():
            match = re.search(pattern, code)
            if match and not any(re.fullmatch(header, other) for other in included):
                line = code.count("\n", 0, match.start()) + 1
                yield name, line, f"uses {match.group()} without including <{header}>"


def check_lint_exceptions(files: dict[str, str]):
    """NOLINT without check and reason, or too many of them."""
    places = []
    for name, text in _code(files).items():
        for number, line in enumerate(text.splitlines(), start=1):
            if "NOLINT" in line and "// NOLINTEND(" not in line:
                places.append((name, number))
                if not re.search(r"// NOLINT(NEXTLINE|BEGIN)?\([\w.,-]+\): \w", line):
                    yield name, number, "write NOLINT(check): reason"
    if len(places) > rules.MAX_NOLINT:
        first_beyond = places[rules.MAX_NOLINT]
        yield *first_beyond, f"{len(places)} NOLINT in the tree, the limit is {rules.MAX_NOLINT}"


def check_names_in_one_place(files: dict[str, str]):
    """A name in quotes outside the one file whose table it belongs to."""
    home = rules.NAMES
    quoted = re.compile("|".join(f'"{name}"' for name in names.stages_and_jobs(files)) or "(?!)")
    for name, text in files.items():
        if name == home or not re.fullmatch(rules.NAMES_QUOTED_THERE_ALONE, name):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if match := quoted.search(line):
                yield name, number, f"{match.group()} is named in {home} alone"


CHECKS = [check_include_loops, check_forward_declarations, check_module_sizes, check_structs,
          check_header_includes, check_lint_exceptions, check_names_in_one_place]
