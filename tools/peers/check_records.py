#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check the records of a run by h5py alone, without any of the program's own code.

Verifies what docs/records.md says of the format: the manifest's checksums, every shard's bytes and
datasets, the CSR structure, and the relations between a step's statistics and its floor set that
hold whatever the models were. Prints a summary; exit 1 and one line on the first thing that is not
so."""

import argparse
import hashlib
import json
import pathlib
import sys

import h5py
import numpy as np

# offsets dataset -> (dataset whose rows it follows, datasets it points into)
OFFSETS = {
    "/problems/text_id_offsets": ("/problems/id", ["/problems/text_id_bytes"]),
    "/problems/question_offsets": ("/problems/id", ["/problems/question_bytes"]),
    "/problems/prompt_offsets": ("/problems/id", ["/prompts/token_id"]),
    "/problems/step_offsets": ("/problems/id", ["/steps/token_id"]),
    "/steps/floor_offsets": (
        "/steps/token_id",
        ["/floor/token_id", "/floor/expert_log_probability", "/floor/amateur_log_probability"],
    ),
}
SAME_LENGTH = {
    "/problems/id": ["line_sha256", "finish_reason"],
    "/steps/token_id": ["kl", "expert_entropy", "amateur_entropy", "expert_top_id",
                        "amateur_top_id", "expert_top_probability", "amateur_top_probability",
                        "expert_lost_mass", "amateur_lost_mass"],
}
# Log-probabilities down to -16 are stored to 2^-24 of that, so a probability, and a sum of them
# that is at most 1, to 1e-6: twenty of these, since softmax over large vocabularies errs too.
TOLERANCE = 2e-5
# The same in sums of probability x log-ratio, which is seldom above 5.
SUM_TOLERANCE = 5 * TOLERANCE


def require(holds, what):
    if not holds:
        sys.exit(f"check_records: {what}")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read_manifest(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    own = manifest.pop("sha256")
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    require(own == sha256(text.encode()), "manifest.json does not match its own checksum")
    lines = "".join(f"{s['sha256']}  {s['file']}\n" for s in manifest["shards"])
    require(manifest["digest"] == sha256(lines.encode()), "manifest.json: not its shards' digest")
    return manifest


def read_shard(folder, entry):
    path = folder / entry["file"]
    raw = path.read_bytes()
    require(len(raw) == entry["bytes"], f"{path}: size differs from the manifest")
    require(sha256(raw) == entry["sha256"], f"{path}: SHA-256 differs from the manifest")
    data = {}
    with h5py.File(path, "r") as file:
        require(file.attrs["format_version"] == 2, f"{path}: unknown format version")
        require(file.attrs["first_problem"] == entry["first_problem"], f"{path}: first_problem")
        for name, expected in entry["dataset_sha256"].items():
            dataset = file[name]
            require(dataset.chunks is None and "description" in dataset.attrs, f"{path}: {name}")
            data[name] = dataset[()]
            require(sha256(data[name].tobytes()) == expected, f"{path}: {name}: SHA-256 differs")
    return data


def check_structure(data, where):
    for name, (rows, targets) in OFFSETS.items():
        offsets = data[name]
        require(len(offsets) == len(data[rows]) + 1, f"{where}: {name}: length")
        require(offsets[0] == 0 and (np.diff(offsets.astype(np.int64)) >= 0).all(),
                f"{where}: {name}: not ascending from 0")
        for target in targets:
            require(offsets[-1] == len(data[target]), f"{where}: {name}: does not span {target}")
    for first, others in SAME_LENGTH.items():
        for other in others:
            name = first.rsplit("/", 1)[0] + "/" + other
            require(len(data[name]) == len(data[first]), f"{where}: {name}: length")
    for name in ("text_id", "question"):
        offsets, raw = data[f"/problems/{name}_offsets"], data[f"/problems/{name}_bytes"].tobytes()
        for begin, end in zip(offsets[:-1], offsets[1:]):
            raw[begin:end].decode("utf-8")


def segment_sum(values, offsets):
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return sums[offsets[1:]] - sums[offsets[:-1]]


def check_statistics(data, floor, where):
    """Relations that hold for any pair of distributions E, A and the floor set F of E."""
    kl = data["/steps/kl"]
    require(np.isfinite(kl).all() and (kl >= 0).all(), f"{where}: kl")
    offsets = data["/steps/floor_offsets"].astype(np.int64)
    ids = data["/floor/token_id"]
    log_e = data["/floor/expert_log_probability"]
    log_a = data["/floor/amateur_log_probability"]
    require((np.diff(offsets) > 0).all(), f"{where}: a floor set without its own top token")
    if len(kl) == 0:
        return
    step = np.repeat(np.arange(len(kl)), np.diff(offsets))
    require((np.diff(ids)[np.diff(step) == 0] > 0).all(), f"{where}: floor ids do not ascend")
    top = np.maximum.reduceat(log_e, offsets[:-1])
    require((log_e >= top[step] + np.float32(np.log(np.float64(floor)))).all(),
            f"{where}: floor set holds a token below the floor")
    at_top = np.flatnonzero(log_e == top[step])
    first_at_top = at_top[np.unique(step[at_top], return_index=True)[1]]
    require((ids[first_at_top] == data["/steps/expert_top_id"]).all(), f"{where}: expert_top_id")
    require(np.allclose(np.exp(top, dtype=np.float64), data["/steps/expert_top_probability"],
                        rtol=TOLERANCE), f"{where}: expert_top_probability")
    e, a = np.exp(log_e, dtype=np.float64), np.exp(log_a, dtype=np.float64)
    require((a <= data["/steps/amateur_top_probability"][step] * (1 + TOLERANCE)).all(),
            f"{where}: amateur_top_probability")
    in_e, in_a = segment_sum(e, offsets), segment_sum(a, offsets)
    require((in_e <= 1 + TOLERANCE).all() and (in_a <= 1 + TOLERANCE).all(), f"{where}: sums > 1")
    # Joining all tokens outside F to one can only bring the distributions closer.
    out_e = np.clip(1 - in_e, 1e-300, None)
    out_a = np.clip(1 - in_a, 1e-300, None)
    bound = segment_sum(e * (log_e.astype(np.float64) - log_a), offsets)
    bound += np.where(out_e > TOLERANCE, out_e * np.log(out_e / np.maximum(out_a, TOLERANCE)), 0)
    require((kl >= bound - SUM_TOLERANCE).all(),
            f"{where}: kl below the floor set's own divergence")
    entropy = segment_sum(-e * log_e, offsets)
    require((data["/steps/expert_entropy"] >= entropy - SUM_TOLERANCE).all(),
            f"{where}: expert_entropy")


def tally(data, alpha, beta, totals):
    """Soft labels as the paper makes them, in numpy."""
    offsets = data["/steps/floor_offsets"].astype(np.int64)
    kl = data["/steps/kl"]
    totals["problems"] += len(data["/problems/id"])
    totals["steps"] += len(kl)
    totals["floor entries"] += len(data["/floor/token_id"])
    totals["kl"] += float(kl.sum(dtype=np.float64))
    for i in np.flatnonzero(kl >= np.float32(beta)):
        log_e = data["/floor/expert_log_probability"][offsets[i]:offsets[i + 1]]
        log_a = data["/floor/amateur_log_probability"][offsets[i]:offsets[i + 1]]
        support = log_e >= log_e.max() + np.float32(np.log(np.float64(np.float32(alpha))))
        score = log_e[support].astype(np.float64) - log_a[support]
        weight = np.exp(score - score.max())
        weight /= weight.sum()
        require(abs(weight.sum() - 1) < 1e-9, "soft label does not sum to 1")
        totals["selected"] += 1
        totals["label tokens"] += len(weight)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_directory", type=pathlib.Path)
    parser.add_argument("--alpha", type=float, default=0.2, help="contrast.plausibility_alpha")
    parser.add_argument("--beta", type=float, default=0.4, help="contrast.kl_beta")
    arguments = parser.parse_args()
    folder = arguments.run_directory / "records"
    manifest = read_manifest(folder)
    totals = dict.fromkeys(
        ["problems", "steps", "selected", "label tokens", "floor entries", "kl"], 0)
    last_id = -1
    for entry in manifest["shards"]:
        data = read_shard(folder, entry)
        where = entry["file"]
        check_structure(data, where)
        check_statistics(data, manifest["plausibility_floor"], where)
        ids = np.concatenate([[last_id], data["/problems/id"].astype(np.int64)])
        require((np.diff(ids) > 0).all(), f"{where}: problem ids do not ascend")
        last_id = ids[-1]
        require(len(data["/problems/id"]) == entry["num_problems"], f"{where}: num_problems")
        require(len(data["/steps/kl"]) == entry["num_steps"], f"{where}: num_steps")
        tally(data, arguments.alpha, arguments.beta, totals)
    require(totals["problems"] == manifest["layout"]["num_problems"], "problems are missing")
    steps, selected = max(totals["steps"], 1), max(totals["selected"], 1)
    print(f"records   {folder}: {len(manifest['shards'])} shards, digest {manifest['digest'][:16]}")
    print(f"problems  {totals['problems']}")
    print(f"steps     {totals['steps']}, mean D_t {totals['kl'] / steps:.4f} nats, "
          f"floor set {totals['floor entries'] / steps:.2f} tokens a step")
    print(f"selected  {totals['selected']} ({100 * totals['selected'] / steps:.1f} %) at "
          f"kl_beta {arguments.beta}, {totals['label tokens'] / selected:.2f} tokens a label")
    print("all checks hold")


if __name__ == "__main__":
    main()
