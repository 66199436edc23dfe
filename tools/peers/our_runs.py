# SPDX-License-Identifier: Apache-2.0
"""Runs of our program for a comparison, and what they leave: samples, token ids, losses."""

import json
import subprocess

import check_records

KEYS = ["prompt_id", "step", "prefix", "tokens", "token_ids", "weights", "kl_divergence"]


class Runs:
    """One run file, many run directories under a scratch folder."""

    def __init__(self, binary, run_file, scratch, overrides):
        self.binary, self.run_file, self.scratch = binary, run_file, scratch
        self.overrides = overrides

    def directory(self, arm):
        return self.scratch / f"run_{arm}"

    def job(self, job, arm, overrides):
        self._call(job, self.run_file, *self.overrides, *overrides,
                   f"run.directory={self.directory(arm)}", "--progress", "off")

    def export(self, arm):
        """The selected steps, in the very form Python's json writes them."""
        path = self.scratch / f"{arm}.jsonl"
        self._call("export", self.directory(arm), path)
        samples = []
        for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), start=1):
            samples.append(json.loads(line))
            assert list(samples[-1]) == KEYS, f"{path}:{number}: keys {list(samples[-1])}"
            assert json.dumps(samples[-1]) == line, f"{path}:{number}: not as json.dump writes it"
        return samples

    def trajectories(self, arm):
        """By problem id: prompt ids and generated ids, from the records."""
        found = {}
        folder = self.directory(arm) / "records"
        for entry in check_records.read_manifest(folder)["shards"]:
            data = check_records.read_shard(folder, entry)
            text_ids = _rows(data, "/problems/text_id_offsets", "/problems/text_id_bytes")
            prompts = _rows(data, "/problems/prompt_offsets", "/prompts/token_id")
            generated = _rows(data, "/problems/step_offsets", "/steps/token_id")
            for text_id, prompt, tokens in zip(text_ids, prompts, generated):
                found[text_id.tobytes().decode("utf-8")] = {
                    "prompt_ids": prompt.tolist(), "token_ids": tokens.tolist()}
        return found

    def losses(self, arm):
        return json.loads((self.directory(arm) / "tuning.json").read_text())["losses"]

    def _call(self, *command):
        run = subprocess.run([str(part) for part in (self.binary, *command)], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert run.returncode == 0, f"{command}: exit {run.returncode}\n{run.stdout}"


def _rows(data, offsets, values):
    bounds = data[offsets].astype(int)
    return [data[values][first:last] for first, last in zip(bounds[:-1], bounds[1:])]
