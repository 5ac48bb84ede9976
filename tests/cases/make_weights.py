"""Writes tests/cases/weights: small files of torch.save, honest and hostile, for the tests of
native/weights. Wants torch; run with Debian's python3-torch: /usr/bin/python3 tests/cases/make_weights.py

Values are small whole numbers and halves, which every type holds exactly; the tests know them.
"""

import argparse
import collections
import datetime
import io
import os
import pathlib
import warnings
import zipfile

import numpy
import torch

FOLDER = pathlib.Path(__file__).parent / "weights"


def tensors():
    count = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    shared = torch.arange(10, dtype=torch.float32)
    return collections.OrderedDict(
        [
            ("float", count),
            ("half", (count / 2).half()),
            ("bfloat16", (count / 2).bfloat16()),
            ("double", (count / 2).double()),
            ("long", count.long()),
            ("transposed", count.t()),
            ("view", shared[2:8].reshape(2, 3)),
            ("scalar", torch.tensor(3.5)),
            ("parameter", torch.nn.Parameter(count + 1)),
        ]
    )


def beside():
    """What training scripts save beside their weights."""
    return {
        "args": argparse.Namespace(lr=0.1, out=pathlib.Path("runs/a"), classes={"a", "b"}),
        "best": numpy.float64(0.5),
        "epoch": numpy.int64(3),
        "history": numpy.arange(3.0),
        "milestones": collections.Counter([30, 60]),
        "meters": collections.defaultdict(list, {"loss": [1.0]}),
        "when": datetime.datetime(2026, 11, 29),
        "type": torch.float16,
    }


class Hostile:
    """Runs a command when Python loads it."""

    def __reduce__(self):
        return (os.system, ("touch hostile-pickle-was-run",))


def save(name, value, old=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(value, FOLDER / name, _use_new_zipfile_serialization=not old)


def archive(name, entries, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(FOLDER / name, "w", method, compresslevel=9) as file:
        for entry, content in entries.items():
            file.writestr(zipfile.ZipInfo(entry), content, method)


def main():
    FOLDER.mkdir(exist_ok=True)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.BatchNorm2d(2))
    optimizer = torch.optim.Adam(model.parameters())
    for parameter in model.parameters():
        parameter.data = torch.arange(1, parameter.numel() + 1).float().reshape(parameter.shape)
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for name, old in (("zip", False), ("old", True)):
        save(f"{name}.pth", tensors(), old)
        checkpoint = {"epoch": 3, "best": 0.5, "names": ["a", "b"], "state_dict": model.state_dict()}
        checkpoint["optimizer"] = optimizer.state_dict()
        save(f"{name}-checkpoint.pth", checkpoint, old)
        save(f"{name}-hostile.pth", {"state_dict": tensors(), "evil": Hostile()}, old)
        save(f"{name}-script.pth", {**beside(), "state_dict": model.state_dict()}, old)
        evil = argparse.Namespace(evil=Hostile())
        save(f"{name}-hidden.pth", {"state_dict": tensors(), "args": evil}, old)

    plain = io.BytesIO()
    torch.save({"w": torch.zeros(4)}, plain)
    with zipfile.ZipFile(plain) as file:
        entries = {info.filename: file.read(info) for info in file.infolist()}
    bomb = dict(entries)
    bomb["archive/data/0"] = bytes(12 << 20)
    archive("bomb.pth", bomb, zipfile.ZIP_DEFLATED)
    archive("few-values.pth", {**entries, "archive/data/0": bytes(12)})
    archive("no-pickle.pth", {"archive/version": b"3\n"})


main()
