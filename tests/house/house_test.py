# SPDX-License-Identifier: Apache-2.0
"""The house's check can fail: violations planted in a copy of the tree are found and named."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONG_FUNCTION = "int f() {\n" + "  g();\n" * 60 + "}\n"
WIDE_STRUCT = "struct Wide { int a, b; " + "".join(f"int m{i}; " for i in range(8)) + "};\n"
TAKERS = "".join(f"void take{i}(const Wide& wide) {{}}\n" for i in range(4))

# (file to add to, text to add, part of the message about that file)
VIOLATIONS = [
    ("src/model/decoder.cpp", '#include "lora/config.hpp"\n', "model does not depend on lora"),
    ("src/contrast/select_steps.cpp", "#include <mpi.h>\n", "<mpi.h> belongs to parallel"),
    ("src/sampling/sample_unit.cpp", "#include <hdf5.h>\n", "<hdf5.h> belongs to records"),
    ("src/records/shard.cpp", "#include <ATen/ATen.h>\n", "not to records"),
    ("src/model/decoder.cpp", "#include <Kokkos_Core.hpp>\n", "belongs to kernels"),
    ("src/model/decoder.cpp", "#include <torch/torch.h>\n", "narrow headers"),
    ("src/text/bpe.cpp", "#include <zlib.h>\n", "a library without an owner"),
    ("src/text/bpe.cpp", "#include <absl/strings/cord.h>\n", "a library without an owner"),
    ("src/records/shard.cpp", "void f() { H5Tvlen_create(0); }\n", "variable-length"),
    ("src/text/bpe.cpp", LONG_FUNCTION, "f has 62 lines"),
    ("src/text/bpe.cpp", "int f(int a, int b, int c, int d, int e, int g) {}\n", "6 parameters"),
    ("src/text/bpe.cpp", "int f() {\n#ifdef X\n  g();\n#endif\n}\n", "inside a function"),
    ("src/text/prompt.cpp", "int f() {\n", "braces do not match"),
    ("src/text/bpe.cpp", "// a comment\n" * 301, "the limit is 300"),
    ("src/text/bpe.cpp", "// caf\u00e9\n", "not ASCII"),
    ("src/text/bpe.cpp", "int f() { \n}\n", "a blank at the end"),
    ("src/text/bpe.cpp", "// TO" + "DO later\n", "finish it"),
    ("src/text/bpe.cpp", "class A : public B {};\n", "no inheritance"),
    ("src/text/bpe.cpp", "void f() { std::cout << 1; }\n", "print through logging/log"),
    ("src/text/bpe.cpp", "void f() { std::exit(1); }\n", "throw instead"),
    ("src/text/tokenizer.hpp", "using namespace std;\n", "opens no namespace"),
    ("src/text/new.hpp", "// SPDX-License-Identifier: Apache-2.0\n/// New.\n", "#pragma once"),
    ("src/text/new.cpp", "int f();\n", "no SPDX line"),
    ("src/CMakeLists.txt", "file(GLOB sources *.cpp)\n", "downloaded or globbed"),
    ("src/text/bpe.cpp", "// lower contrast.kl_bata\n", "contrast.kl_bata is no key"),
    ("src/text/bpe.cpp", 'const char* key = "finetune.batching";\n', "finetune.batching is no key"),
    ("src/text/bpe.cpp", "// as in src/text/bpf.cpp\n", "src/text/bpf.cpp does not exist"),
    ("tools/house/cpp.py", "KEY = 'run.sed'\n", "run.sed is no key"),
    ("README.md", "Set `lora.alpha`, see `tools/demos`.\n", "lora.alpha is no key"),
    ("README.md", "", "tools/demos does not exist"),
    ("README.md", "Start `lightreasoner tune my.toml`.\n", "`lightreasoner tune` is no job"),
    ("README.md", "[There](docs/nowhere.md).\n", "a link to docs/nowhere.md"),
    ("CHANGELOG.md", "[There](docs/memory.md#nowhere).\n", "a link to #nowhere"),
    ("config/runs/demo.toml", "[lora]\nalpha = 16\n", "lora.alpha is no key"),
    ("tools/format", "echo /ro" + "ot/x\n", "a path of one machine"),
    ("src/text/here.hpp", '#include "text/there.hpp"\n', "no SPDX line"),
    ("src/text/there.hpp", '#include "text/here.hpp"\n', "a loop of includes"),
    ("src/text/new.hpp", "class Tokenizer;\n", "instead of including src/text/tokenizer.hpp"),
    ("src/text/new.hpp", "std::vector<int> f();\n", "without including <vector>"),
    ("src/text/new.hpp", "at::Tensor f();\n", "uses at::Tensor without including"),
    ("src/text/bpe.cpp", WIDE_STRUCT + TAKERS, "taken whole by 4 functions"),
    ("src/text/bpe.cpp", "int i;  // NOLINT\n", "write NOLINT(check): reason"),
    ("src/weights/z.cpp", "// NOLINT(bugprone-x): y\n" * 21, "NOLINT in the tree"),
    ("src/text/bpe.cpp", 'const char* job = "finetune";\n', "named in src/run/names.hpp alone"),
    ("jobs/report.cpp", "// a line\n" * 151, "the limit is 150"),
    ("README.md", "a line\n" * 151, "the limit is 150"),
    ("src/weights", "", "file pairs, the limit of a module is 8"),
]

# Text that looks like a violation and is none.
HARMLESS = """
/// if (x) { printf("}"); } contrast.kl_beta, run.toml, records.size(), src/text/bpe.cpp
const char* const text = R"(class A : public B { #include <mpi.h>)";
constexpr char quote = '"', brace = '{';
enum class Small : int { one = 1'000'000 };
template <class T>
struct Pair {
  Pair() : first{1}, second{2} {}
  [[nodiscard]] int sum(std::map<int, std::pair<int, int>> a, int b = int{}) const { return b; }
  T first, second;
};
"""


class House(unittest.TestCase):
    def setUp(self):
        self.tree = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.tree)
        for name in ("src", "jobs", "tools", "config/runs"):
            shutil.copytree(ROOT / name, self.tree / name)
        for name in ("CMakeLists.txt", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
            shutil.copy(ROOT / name, self.tree / name)
        for name in ("tests", "docs", ".ci", "config/prompts", "config/demo", "CITATION.cff",
                     "LICENSE"):
            if (ROOT / name).exists():  # only looked at
                (self.tree / name).symlink_to(ROOT / name)

    def check(self) -> tuple[int, str]:
        command = [ROOT / "tools" / "check_house", self.tree]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr

    def plant(self, name: str, text: str) -> None:
        with open(self.tree / name, "a", encoding="utf-8") as file:
            file.write(text)

    def test_accepts_the_tree_and_harmless_text(self):
        self.plant("src/text/bpe.cpp", HARMLESS)
        code, output = self.check()
        self.assertEqual(code, 0, output)

    def test_refuses_each_violation(self):
        for name, text, _ in VIOLATIONS:
            for number in range(9 if (self.tree / name).is_dir() else 0):
                self.plant(f"{name}/new_{number}.cpp", "")
            if text:
                self.plant(name, text)
        code, output = self.check()
        self.assertEqual(code, 1, output)
        for name, _, message in VIOLATIONS:
            with self.subTest(message):
                about = [line for line in output.splitlines() if line.startswith(f"{name}:")]
                self.assertTrue(any(message in line for line in about), about)

    def test_refuses_a_dependency_on_a_later_module(self):
        self.plant("src/CMakeLists.txt", "lightreasoner_add_module(x SOURCES x.cpp DEPENDS y)\n")
        code, output = self.check()
        self.assertEqual(code, 1, output)
        self.assertIn("x needs y, which comes later", output)


if __name__ == "__main__":
    unittest.main()
