#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the shards of tests/data/records: one plain shard, and copies of it that use features of
HDF5 which our shards never use and our reader must refuse. The plain shard is one that the program
wrote (format version 2, problems 0 to 4 of tests/records/made_up_records.hpp)."""

import argparse
import pathlib
import shutil

import h5py
import numpy as np

NAME = "/steps/kl"


def filtered(file, values):
    file.create_dataset(NAME, data=values, chunks=values.shape, compression="gzip")


def chunked(file, values):
    file.create_dataset(NAME, data=values, chunks=values.shape)


def external_storage(file, values):
    file.create_dataset(NAME, shape=values.shape, dtype=values.dtype,
                        external=[("elsewhere.raw", 0, values.nbytes)])


def virtual(file, values):
    layout = h5py.VirtualLayout(shape=values.shape, dtype=values.dtype)
    layout[:] = h5py.VirtualSource("elsewhere.h5", NAME, shape=values.shape)
    file.create_virtual_dataset(NAME, layout)


def external_link(file, values):
    file[NAME] = h5py.ExternalLink("elsewhere.h5", NAME)


def soft_link(file, values):
    file[NAME] = h5py.SoftLink("/steps/expert_entropy")


def linked_group(file, values):
    file.move("/steps", "/others")
    file["/steps"] = h5py.SoftLink("/others")


def other_type(file, values):
    file[NAME] = values.astype(np.float64)


def other_rank(file, values):
    file[NAME] = values.reshape(-1, 1)


def huge(file, values):
    file.create_dataset(NAME, shape=(2**40,), dtype=values.dtype)


def missing(file, values):
    pass


def other_version(file, values):
    file[NAME] = values
    file.attrs["format_version"] = np.uint64(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shard", type=pathlib.Path, help="a shard that the program wrote")
    parser.add_argument("folder", type=pathlib.Path, help="where the shards go")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(arguments.shard, arguments.folder / "plain.h5")
    for make in (filtered, chunked, external_storage, virtual, external_link, soft_link,
                 linked_group, other_type, other_rank, huge, missing, other_version):
        path = arguments.folder / f"{make.__name__}.h5"
        shutil.copyfile(arguments.shard, path)
        with h5py.File(path, "r+", libver=("v108", "v110")) as file:
            values = file[NAME][()]
            del file[NAME]
            make(file, values)


if __name__ == "__main__":
    main()
