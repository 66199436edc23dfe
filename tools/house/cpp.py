# SPDX-License-Identifier: Apache-2.0
"""A small reader of C++ text: includes, functions and their sizes, without a compiler."""

import re
from dataclasses import dataclass

_TOKENS = re.compile(
    r'R"(?P<delimiter>[^()\\\s]*)\(.*?\)(?P=delimiter)"'
    r"|//[^\n]*|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


@dataclass(frozen=True)
class Function:
    name: str
    line: int  # of the opening brace
    lines: int  # from the opening to the closing brace
    parameters: int
    head: str  # all before the opening brace


@dataclass(frozen=True)
class Struct:
    name: str
    line: int
    members: int  # data alone


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def without_comments_and_strings(text: str) -> str:
    """The same text, of the same shape, with blanks in place of comments and literals."""
    return _TOKENS.sub(_blank, text)


def comments_and_strings(text: str) -> str:
    """The same text, of the same shape, with blanks in place of code and of includes."""
    code = without_comments_and_strings(text)
    kept = (old if new == " " or old == "\n" else " " for old, new in zip(text, code))
    included = re.compile(r'^[ \t]*#[ \t]*include[^\n]*', re.MULTILINE)
    return "".join(
        " " if blank == "\0" else old
        for old, blank in zip("".join(kept), included.sub(lambda m: "\0" * len(m[0]), text))
    )


def includes(text: str) -> list[tuple[int, str]]:
    """(line, what is included with its quotes or brackets)."""
    found = re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(<[^>]+>|"[^"]+")', text, re.MULTILINE)
    return [(text.count("\n", 0, m.start()) + 1, m.group(1)) for m in found]


def _parameter_list(head: str) -> tuple[str, int]:
    """Name and number of parameters of the function whose text before its brace is `head`."""
    match = re.search(r"([\w:~]+|operator\s*\S+?)\s*\(", head)
    if match is None:
        return head.split()[-1] if head.split() else "?", 0
    depth, count, anything = 0, 1, False
    for character in head[match.end() - 1 :]:
        if character in "(<[{":
            depth += 1
        elif character in ")>]}":
            depth -= 1
            if depth == 0:
                break
        elif character == "," and depth == 1:
            count += 1
        elif not character.isspace():
            anything = True
    return match.group(1), count if anything else 0


def functions_and_directives(text: str) -> tuple[list[Function], list[int]]:
    """All function definitions, and the lines of preprocessor conditions inside their bodies."""
    code = without_comments_and_strings(text)
    directives = _DIRECTIVE.finditer(code)
    conditions = {m.start() for m in directives if re.match(r"\s*#\s*(if|el)", m.group())}
    plain = _DIRECTIVE.sub(_blank, code)
    functions: list[Function] = []
    inside: list[int] = []
    scopes, depth, start, head = 0, 0, 0, ""
    mark = 0  # where the current statement begins
    line = 1
    for position, character in enumerate(plain):
        if position in conditions and depth > 0:
            inside.append(line)
        if character == "\n":
            line += 1
        elif depth > 0:
            depth += {"{": 1, "}": -1}.get(character, 0)
            if depth == 0:
                if "=" not in re.sub(r"operator\s*\S+|\(.*\)", "", head, flags=re.DOTALL):
                    name, parameters = _parameter_list(head)
                    functions.append(Function(name, start, line - start + 1, parameters, head))
                mark = position + 1
        elif character == "{":
            head = plain[mark:position]
            before_parameters = head.split("(")[0]
            if _SCOPE.search(re.sub(r"template\s*<[^>]*>", "", before_parameters)):
                scopes += 1
                mark = position + 1
            else:
                depth, start = 1, line
        elif character == "}":
            scopes -= 1
            mark = position + 1
        elif character == ";":
            mark = position + 1
    if scopes != 0 or depth != 0:
        raise ValueError("braces do not match")
    return functions, inside


_TEMPLATE_ARGUMENTS = re.compile(r"<[^<>;]*>")
_NO_MEMBER = re.compile(r"(using|friend|static|struct|class|enum|union|typedef)\b")


def _innermost_removed(pattern: re.Pattern, text: str) -> str:
    """Without what the pattern matches, however deeply nested."""
    while (shorter := pattern.sub("", text)) != text:
        text = shorter
    return text


def structs(text: str) -> list[Struct]:
    """All definitions of structs and classes with the number of their data members."""
    code = without_comments_and_strings(text)
    found = []
    for match in re.finditer(r"(?<!enum )\b(?:struct|class) (?:\w+::)*(\w+)[^;{()<>]*\{", code):
        depth, end = 1, match.end()
        while depth and end < len(code):
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            end += 1
        body = re.sub(r"\b(public|private|protected)\s*:", "", code[match.end() : end - 1])
        body = _innermost_removed(re.compile(r"\)[^;{}]*\{[^{}]*\}"), body)  # functions' bodies
        body = _innermost_removed(re.compile(r"\{[^{}]*\}"), body)
        statements = [_innermost_removed(_TEMPLATE_ARGUMENTS, s).strip() for s in body.split(";")]
        line = code.count("\n", 0, match.start()) + 1
        found.append(Struct(match.group(1), line, sum(map(_is_member, statements))))
    return found


def _is_member(statement: str) -> bool:
    declared = statement.split("=")[0]
    return len(declared.split()) > 1 and "(" not in declared and not _NO_MEMBER.match(statement)
