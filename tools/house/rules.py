# SPDX-License-Identifier: Apache-2.0
"""The house's rules as tables: who owns which outside library, and what no line may hold."""

import re

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 5
MAX_LINE_LENGTH = 100
MAX_FILE_PAIRS = 8  # .cpp files of a module
MAX_MEMBERS = 8     # of a struct that more than MAX_TAKERS functions take whole
MAX_TAKERS = 3
MAX_NOLINT = 20
MAX_LINES_OF = {r"README\.md": 150, r"jobs/\w+\.cpp": 150}

# The file with the names of stages and jobs: what it quotes, no other may (files this holds for).
NAMES = "src/run/names.hpp"
NAMES_QUOTED_THERE_ALONE = r"(src|jobs)/.*\.(hpp|cpp)"

# Outside libraries by the start of what is included, and the modules that may include them.
# A library that is not listed may be included nowhere.
_TORCH = {"device", "weights", "attention", "model", "sampling", "lora", "finetune", "evaluation",
          "loading", "stand_in"}
_ANYWHERE = None
OWNERS = {
    r"(mpi|nccl|rccl)": {"parallel"},
    r"(hdf5|H5\w+|hdf5_hl)\.h": {"records"},
    r"Kokkos_": {"kernels"},
    r"(cuda_runtime|hip/)": {"device"},
    r"(ATen|c10)/(cuda|hip)/": {"device"},
    r"(ATen|c10|torch)/": _TORCH,
    r"toml\+\+/": {"config"},
    r"spdlog/": {"logging"},
    r"openssl/": {"support"},
    r"pcre2\.h": {"unicode"},
    r"utf8proc\.h": {"unicode"},
    r"CLI/": {"jobs"},
    r"boost/": {"evaluation"},
    r"fmt/": _ANYWHERE,
    r"nlohmann/": _ANYWHERE,
    r"(gtest|gmock)/": {"tests"},
}
FORBIDDEN_INCLUDES = {
    r"torch/(torch|extension)\.h": "costs 20 s a file: include the narrow headers",
}
# The C++ library and POSIX: <vector>, <cstdint>, <unistd.h>, <sys/mman.h>.
SYSTEM_INCLUDE = re.compile(
    r"[a-z_0-9]+|(sys/)?(unistd|fcntl|mman|stat|statvfs|file|types|wait|time|utsname|resource"
    r"|stdlib|signal|limits|dlfcn|sched|pthread|mount)\.h"
)

# (what, where in the tree, why), looked for outside comments and literals.
_SOURCES = r"(src|jobs|tests)/.*\.(hpp|cpp)"
FORBIDDEN_CODE = [
    (r"\bH5Tvlen_create\b", _SOURCES, "variable-length HDF5 types cannot be written collectively"),
    (r"\b(std::)?(cout|cerr|printf|fprintf|puts)\b", r"src/(?!logging/).*",
     "print through logging/log"),
    (r"\b(std::|::)(exit|quick_exit|abort)\s*\(", r"src/(?!parallel/).*",
     "throw instead"),
    (r"(?i)cuda|cublas|rocm|\bhip", r"(src/(?!device/|kernels/execution\.hpp)|jobs/).*",
     "a vendor's name: what differs between vendors is said in src/device"),
    (r"\busing namespace\b", r"src/.*\.hpp", "a header opens no namespace"),
    (r"(?<!enum )\b(class|struct) \w+ (final )?: (public |private )?"
     r"(?!public |private |std::(runtime_error|exception)\b"
     r"|(at|c10|torch|spdlog)::|(::)?testing::)",
     _SOURCES, "no inheritance of our own"),
    (r"\b(FetchContent|ExternalProject|file\s*\(\s*(GLOB|DOWNLOAD))",
     r".*(CMakeLists\.txt|\.cmake)", "nothing is downloaded or globbed"),
]
# The same, comments and literals included.
FORBIDDEN_TEXT = [
    (r"\b(TODO|FIXME|XXX)\b", "finish it or leave it out"),
    (r"(?<![\w.$}~*])/(root|home|work)/", "a path of one machine"),
]

# What a header must include itself when it uses one of these names: pattern of the include to
# pattern of the names. The list holds what headers use; a source may lean on its own header.
DECLARED_IN = {
    "algorithm": r"\bstd::(min|max|clamp|sort|find|copy|fill|all_of|any_of|equal)\b",
    "array": r"\bstd::array\b",
    "chrono": r"\bstd::chrono\b",
    "cmath": r"\bstd::(log|exp|sqrt|pow|isfinite|isnan|ldexp|floor|ceil)\b",
    "cstddef": r"\bstd::(size_t|ptrdiff_t|byte|nullptr_t)\b",
    "cstdint": r"\bstd::u?int(_fast|_least)?(8|16|32|64|ptr|max)_t\b",
    "exception|stdexcept": r"\bstd::(exception|exception_ptr|current_exception)\b",
    "filesystem": r"\bstd::filesystem\b",
    "functional": r"\bstd::(function|hash|reference_wrapper)\b",
    "initializer_list": r"\bstd::initializer_list\b",
    "limits": r"\bstd::numeric_limits\b",
    "map": r"\bstd::(multi)?map\b",
    "memory": r"\bstd::((unique|shared|weak)_ptr|make_(unique|shared))\b",
    "numeric": r"\bstd::(accumulate|iota|exclusive_scan)\b",
    "optional": r"\bstd::(optional|nullopt)\b",
    "set": r"\bstd::(multi)?set\b",
    "source_location": r"\bstd::source_location\b",
    "span": r"\bstd::(span|as_bytes|as_writable_bytes)\b",
    "stdexcept": r"\bstd::(runtime_error|logic_error|invalid_argument|out_of_range)\b",
    "string": r"\bstd::(u32)?string\b",
    "string_view": r"\bstd::(u32)?string_view\b",
    "tuple": r"\bstd::(tuple|tie|make_tuple)\b",
    "type_traits": r"\bstd::(is_\w+_v|enable_if_t|decay_t|invoke_result_t|underlying_type_t)\b",
    "unordered_map": r"\bstd::unordered_map\b",
    "unordered_set": r"\bstd::unordered_set\b",
    "utility": r"\bstd::(move|forward|pair|swap|exchange)\b",
    "variant": r"\bstd::(variant|visit|holds_alternative|get_if)\b",
    "vector": r"\bstd::vector\b",
    r"(ATen|c10|torch)/.*": r"\bat::\w+",
    r"nlohmann/json(_fwd)?\.hpp": r"\bnlohmann::\w+",
}
