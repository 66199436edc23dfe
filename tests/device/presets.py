# SPDX-License-Identifier: Apache-2.0
"""usage: presets.py PRESET SOURCE FOLDER

Configures and generates the preset (cuda or rocm) in FOLDER against made-up packages, since no
Kokkos for a device and no ROCm is packaged: a LibTorch and a Kokkos that have what is asked for,
then ones that lack it, each of which must be refused with the remedy. The CUDA toolkit is the real
one; where there is none, it says "presets: skipped".
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PRESET, SOURCE, FOLDER = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
TOOLKIT = os.environ.get("CUDA_HOME") or "/usr/local/cuda"
VENDOR = {"cuda": "cuda", "rocm": "hip"}[PRESET]
ARCHITECTURES = {"cuda": "80;90", "rocm": "gfx90a;gfx942"}[PRESET]

KOKKOS_CONFIG = """
add_library(Kokkos::kokkoscore INTERFACE IMPORTED)
set_target_properties(Kokkos::kokkoscore PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${{CMAKE_CURRENT_LIST_DIR}}"
  INTERFACE_COMPILE_OPTIONS "-made-up-option-of-a-launcher")
add_library(Kokkos::kokkos INTERFACE IMPORTED)
target_link_libraries(Kokkos::kokkos INTERFACE Kokkos::kokkoscore)
set(Kokkos_ENABLE_{back_end} {enabled})
set(Kokkos_{back_end}_ARCHITECTURES "{architectures}")
set(Kokkos_VERSION {version})
"""
KOKKOS_VERSION = """
set(PACKAGE_VERSION {version})
set(PACKAGE_VERSION_COMPATIBLE TRUE)
"""
HIP_CONFIG = "add_library(hip::host INTERFACE IMPORTED)\n"


def write(path: Path, text: str = "", executable: bool = False):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if executable:
        path.chmod(0o755)


def make_libtorch(place: Path, vendors: tuple[str, ...]) -> Path:
    write(place / "include/ATen/ATen.h")
    write(place / "include/torch/headeronly/version.h",
          "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 13\n"
          "#define TORCH_VERSION_PATCH 0\n")
    for name in ("torch_cpu", "c10", *(f"{part}_{vendor}" for vendor in vendors
                                       for part in ("torch", "c10"))):
        write(place / f"lib/lib{name}.so")
    return place


def make_kokkos(place: Path, enabled: bool = True, version: str = "4.7.1") -> Path:
    folder = place / "lib/cmake/Kokkos"
    fields = {"back_end": VENDOR.upper(), "enabled": "ON" if enabled else "OFF",
              "architectures": ARCHITECTURES, "version": version}
    write(folder / "KokkosConfig.cmake", KOKKOS_CONFIG.format(**fields))
    write(folder / "KokkosConfigVersion.cmake", KOKKOS_VERSION.format(**fields))
    write(folder / "Kokkos_Core.hpp")
    return place


def configure(build: Path, libtorch: Path, kokkos: Path) -> subprocess.CompletedProcess:
    tools = FOLDER / "tools"
    write(tools / "bin/hipcc", '#!/bin/sh\nexec c++ "$@"\n', executable=True)
    write(tools / "lib/cmake/hip/hip-config.cmake", HIP_CONFIG)
    command = ["cmake", "--preset", PRESET, "-B", build,
               f"-DCMAKE_PREFIX_PATH={libtorch};{tools}", f"-DCUDAToolkit_ROOT={TOOLKIT}"]
    return subprocess.run([str(word) for word in command], cwd=SOURCE, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "Kokkos_ROOT": str(kokkos),
                               "CUDACXX": f"{TOOLKIT}/bin/nvcc",
                               "PATH": f"{tools / 'bin'}:{os.environ['PATH']}"})


def require(condition: bool, what: str, output: str):
    if not condition:
        sys.exit(f"presets: {PRESET}: {what}; output:\n{output[-8000:]}")


def require_refusal(words: list[str], libtorch: Path, kokkos: Path):
    done = configure(FOLDER / "refused", libtorch, kokkos)
    shutil.rmtree(FOLDER / "refused")
    told = " ".join(done.stdout.split())
    require(done.returncode != 0 and all(word in told for word in words),
            f"a refusal with {words} expected", done.stdout)


def command_of(source: str, build: Path) -> str:
    """How build.ninja compiles a source of ours: its statement."""
    text = (build / "build.ninja").read_text()
    statement = re.search(rf"^build \S*/{re.escape(source)}\.o: .*?\n\n", text, re.M | re.S)
    return statement.group() if statement else f"{source} is not compiled"


def check_generated(build: Path):
    kernels, back_end = (command_of(source, build)
                         for source in ("kernels/contrast_rows.cpp", f"device/{VENDOR}.cpp"))
    program = (build / "build.ninja").read_text()
    require(f"libtorch_{VENDOR}.so" in program, "the program is not linked with the vendor's half",
            program)
    if PRESET == "cuda":
        require("CUDA_COMPILER" in kernels and "sm_80" in kernels and "sm_90" in kernels and
                "made-up" not in kernels, "the kernels are not compiled by nvcc", kernels)
        require("CUDA_COMPILER" not in back_end and '\\"sm_80 sm_90\\"' in back_end,
                "the back-end is not the host compiler's", back_end)
    else:
        require("made-up" in kernels, "the kernels lack Kokkos' options", kernels)
        require("-DUSE_ROCM" in back_end and '\\"gfx90a gfx942\\"' in back_end,
                "the back-end is not for ROCm", back_end)


def main():
    if PRESET == "cuda" and not (Path(TOOLKIT) / "bin/nvcc").exists():
        print("presets: skipped: no CUDA toolkit at CUDA_HOME")
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    libtorch = make_libtorch(FOLDER / "libtorch", (VENDOR,))
    kokkos = make_kokkos(FOLDER / "kokkos")
    build = FOLDER / "build"
    done = configure(build, libtorch, kokkos)
    require(done.returncode == 0, "it does not configure", done.stdout)
    check_generated(build)
    require_refusal(["is for the CPU alone", "CMAKE_PREFIX_PATH"],
                    make_libtorch(FOLDER / "cpu_libtorch", ()), kokkos)
    require_refusal([f"was built without {VENDOR.upper()}", "Kokkos_ROOT"], libtorch,
                    make_kokkos(FOLDER / "cpu_kokkos", enabled=False))
    if PRESET == "cuda":
        require_refusal(["Kokkos 4.6.0 does not compile with CUDA", "4.7.1 or later"], libtorch,
                        make_kokkos(FOLDER / "old_kokkos", version="4.6.0"))
    print(f"presets: {PRESET}: ok")


if __name__ == "__main__":
    main()
