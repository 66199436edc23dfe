# SPDX-License-Identifier: Apache-2.0
"""usage: headers_alone.py BUILD_FOLDER

Compiles every header of the tree alone, and twice, with the flags of a source beside it but for the
precompiled header: it must include what it needs. Nothing is optimised, since nothing is run. Goes
through ccache where it is installed. Prints the errors; exit 1 when there are any.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = shutil.which("ccache")
ENVIRONMENT = {**os.environ, "CCACHE_SLOPPINESS": "pch_defines,time_macros"}


def headers() -> list[Path]:
    return sorted(path for top in ("src", "jobs", "tests") for path in (ROOT / top).rglob("*.hpp"))


def without_precompiled_header(command: list[str]) -> list[str]:
    kept = [word for word in command if word not in ("-Winvalid-pch", "-fpch-preprocess")]
    for place, word in enumerate(kept):
        if word == "-include" and kept[place + 1].endswith("cmake_pch.hxx"):
            return kept[:place] + kept[place + 2:]
    return kept


def commands_by_folder(build: Path) -> dict[Path, list[str]]:
    """Folder to the command of a source in it, without the names of source and object: of that
    which sees most."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        words = shlex.split(entry["command"])
        output = words.index("-o")
        rest = [*words[:output], *words[output + 2:]]
        command = without_precompiled_header(rest[:rest.index("-c")])
        folder = Path(entry["file"]).parent
        if len(command) > len(commands.get(folder, [])):
            commands[folder] = [*command, "-O0"]
    return commands


def compile_alone(header: Path, command: list[str], build: Path) -> str:
    """What the compiler says; empty when it has nothing to say."""
    source = build / "headers_alone" / f"{'_'.join(header.relative_to(ROOT).parts)}.cpp"
    text = f'#include "{header}"\n#include "{header}"\n'
    if not source.exists() or source.read_text(encoding="utf-8") != text:
        source.write_text(text, encoding="utf-8")
    launcher = [LAUNCHER] if LAUNCHER else []
    result = subprocess.run(
        [*launcher, *command, "-c", source, "-o", source.with_suffix(".o")], cwd=build,
        env=ENVIRONMENT, capture_output=True, text=True, check=False)
    return result.stderr if result.returncode or result.stderr else ""


def main() -> None:
    if len(sys.argv) != 2 or "--help" in sys.argv:
        print(__doc__.strip())
        raise SystemExit(0 if "--help" in sys.argv else 2)
    started, build = time.monotonic(), Path(sys.argv[1]).resolve()
    (build / "headers_alone").mkdir(exist_ok=True)
    commands = commands_by_folder(build)
    found = headers()
    homeless = [header for header in found if header.parent not in commands]
    if homeless:
        raise SystemExit(f"headers_alone: no source beside {', '.join(map(str, homeless))}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = pool.map(lambda h: compile_alone(h, commands[h.parent], build), found)
    complaints = [text for text in said if text]
    print("".join(complaints), end="")
    print(f"headers_alone: {len(found)} headers, {len(complaints)} do not compile alone, "
          f"{time.monotonic() - started:.0f} s")
    raise SystemExit(1 if complaints else 0)


if __name__ == "__main__":
    main()
