# SPDX-License-Identifier: Apache-2.0
"""The house's rules as tables: who owns which outside library, and what no line may hold."""

import re

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 5
MAX_LINE_LENGTH = 100

# Outside libraries by the start of what is included, and the modules that may include them.
# A library that is not listed may be included nowhere.
_TORCH = {"device", "weights", "model", "sampling", "lora", "finetune", "evaluation", "loading",
          "inputs", "stages", "pipeline"}
_ANYWHERE = None
OWNERS = {
    r"(mpi|nccl|rccl)": {"parallel"},
    r"(hdf5|H5\w+|hdf5_hl)\.h": {"records"},
    r"Kokkos_": {"contrast"},
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
    (r"\busing namespace\b", r"src/.*\.hpp", "a header opens no namespace"),
    (r"(?<!enum )\b(class|struct) \w+ (final )?: (public |private )?"
     r"(?!public |private |std::(runtime_error|exception)\b|torch::|spdlog::|(::)?testing::)",
     _SOURCES, "no inheritance of our own"),
    (r"\b(FetchContent|ExternalProject|file\s*\(\s*(GLOB|DOWNLOAD))",
     r".*(CMakeLists\.txt|\.cmake)", "nothing is downloaded or globbed"),
]
# The same, comments and literals included.
FORBIDDEN_TEXT = [
    (r"\b(TODO|FIXME|XXX)\b", "finish it or leave it out"),
    (r"(?<![\w.$}~*])/(root|home|work)/", "a path of one machine"),
]
