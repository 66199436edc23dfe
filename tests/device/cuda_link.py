# SPDX-License-Identifier: Apache-2.0
"""usage: cuda_link.py SOURCE BUILD SITE COMPILER

Builds the preset cuda-host-kernels in BUILD, without its tests, against the CUDA toolkit and the
LibTorch with CUDA under the folder SITE, and looks at what the program says on nodes of this and
made-up kinds. Where there is no toolkit it says "cuda_link: skipped".
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE, BUILD, SITE = (Path(argument) for argument in sys.argv[1:4])
COMPILER = sys.argv[4]
FAKE_RUNTIME = BUILD / "fake_cudart.so"
TOOLKIT = os.environ.get("CUDA_HOME") or "/usr/local/cuda"


def run(*command, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], cwd=SOURCE, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **variables})


def require(condition: bool, what: str, output: str):
    if not condition:
        sys.exit(f"cuda_link: {what}; output:\n{output[-8000:]}")


def build():
    for command in (
            ["cmake", "--preset", "cuda-host-kernels", "-B", BUILD, f"-DCMAKE_PREFIX_PATH={SITE}",
             "-DLIGHTREASONER_TESTS=OFF", "-DLIGHTREASONER_WERROR=ON",
             f"-DCUDAToolkit_ROOT={TOOLKIT}"],
            ["cmake", "--build", BUILD],
            [COMPILER, "-shared", "-fPIC", f"-I{TOOLKIT}/include",
             SOURCE / "tests/device/fake_cudart.cpp", "-o", FAKE_RUNTIME]):
        done = run(*command)
        require(done.returncode == 0, f"'{' '.join(map(str, command[:2]))}' failed", done.stdout)


def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Looks at the demo's inputs; nothing is computed."""
    return run(BUILD / "lightreasoner", "preflight", SOURCE / "config/runs/micro.toml",
               f"run.directory={BUILD / 'run'}", *arguments, **variables)


def require_refusal(words: list[str], **variables: str):
    done = start("run.device=gpu", **variables)
    lines = [line for line in done.stdout.splitlines() if "error" in line]
    require(done.returncode == 2 and len(lines) == 1 and all(word in lines[0] for word in words),
            f"one error with {words} and exit code 2 expected, got {done.returncode}", done.stdout)


def main():
    if not (Path(TOOLKIT) / "include" / "cuda_runtime_api.h").exists():
        print("cuda_link: skipped: no CUDA toolkit at CUDA_HOME")
        return
    build()
    needed = run(shutil.which("readelf"), "-d", BUILD / "lightreasoner").stdout
    require("libtorch_cuda.so" in needed, "the program is not linked with LibTorch's CUDA half",
            needed)
    require_refusal(["sees no device", "CUDA 13", "run.device"])
    done = start()
    require(done.returncode == 0, "without a device the program works on the CPU", done.stdout)
    fake = {"LD_PRELOAD": str(FAKE_RUNTIME)}
    require_refusal(["the NVIDIA driver", "CUDA 12.4 at most", "CUDA 13", "update the driver"],
                    FAKE_CUDA_DRIVER="12040", **fake)
    require_refusal(["compiled for the host", "docs/devices.md"],
                    FAKE_CUDA_DRIVER="13000", FAKE_CUDA_DEVICES="2", **fake)
    print("cuda_link: ok")


if __name__ == "__main__":
    main()
