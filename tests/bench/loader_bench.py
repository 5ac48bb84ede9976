#!/usr/bin/env python3
"""limbus's loader against PyTorch's DataLoader with albumentations: images per second and core, both in one run.

  tests/bench/loader_bench.py LIMBUS LIMBUS_LOADER_BENCH [--workers 0,2] [--rounds 3] [--seconds 10] [--json FILE]

LIMBUS is the built command line, which renders the images, LIMBUS_LOADER_BENCH the target of that name. Both sides
read the same PNG and npy files of 640x400 pixels, augment them as models/recipes/openeds2019-dabnet.json says (the
second place of OpenEDS 2019), and hand out batches of floats and labels, in turn, in the epochs after the first.
limbus is measured twice: as it trains, where it keeps what it has read, and with "cacheImages": false, where it reads
and decodes each file in every epoch as the DataLoader does. Without workers each has one core and one thread; with n
workers the first n cores.

Per core is meant twice: by the clock on as many cores, and by the seconds that the processes used a processor, which
other load on the machine disturbs less. A ratio above 1: limbus is the faster. Wants Python with torch, OpenCV and
albumentations (2).
"""

import argparse
import importlib.metadata
import json
import math
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "models/recipes/openeds2019-dabnet.json"
GOAL = 2
# Threads that spin while they wait would count as work.
ENVIRONMENT = {**os.environ, "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def pipeline(recipe):
    """albumentations' own for what the recipe lists, with its values."""
    import albumentations as A
    import cv2
    from albumentations.pytorch import ToTensorV2

    def shift_scale_rotate(p, shift, scale, rotate):
        return A.ShiftScaleRotate(tuple(shift), tuple(scale), tuple(rotate), interpolation=cv2.INTER_CUBIC,
                                  border_mode=cv2.BORDER_REFLECT_101, p=p)

    def deviation(variance):
        return math.sqrt(variance) / 255

    makers = {
        "shiftScaleRotate": shift_scale_rotate,
        # albumentations 2 draws deviations by themselves: those of kernels of 3 and 7 pixels.
        "gaussianBlur": lambda p: A.GaussianBlur(blur_limit=(3, 7), sigma_limit=(0.8, 1.4), p=p),
        "gaussNoise": lambda p: A.GaussNoise(std_range=(deviation(10), deviation(50)), p=p),
        "flipHorizontal": lambda p: A.HorizontalFlip(p=p),
        "brightnessContrast": lambda p: A.RandomBrightnessContrast(0.2, 0.2, brightness_by_max=False, p=p),
    }
    steps = [makers[entry["name"]](**{key: value for key, value in entry.items() if key != "name"})
             for entry in recipe["augment"]]
    normalise = recipe["input"]["normalise"]
    return A.Compose([*steps, A.Normalize(normalise["mean"], normalise["std"]), ToTensorV2()])


class Eyes:
    def __init__(self, folder, transform):
        self.images = sorted(Path(folder, "train", "images").glob("*.png"))
        self.transform = transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        import cv2
        import numpy

        path = self.images[index]
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        label = numpy.load(path.parents[1] / "labels" / (path.stem + ".npy")).astype(numpy.uint8)
        made = self.transform(image=image, mask=label)
        return made["image"], made["mask"]


def one_thread(_=None):
    import cv2
    import torch

    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def processor_seconds():
    """Of this process and those that load for it."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = time.process_time()
    for child in multiprocessing.active_children():
        fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / ticks
    return used


def measure_peer(data, workers, at_least):
    """As limbus_loader_bench does it."""
    from torch.utils.data import DataLoader

    one_thread()
    recipe = json.loads(RECIPE.read_text())
    loader = DataLoader(Eyes(data, pipeline(recipe)), recipe["batch"], shuffle=True, num_workers=workers,
                        persistent_workers=workers > 0, worker_init_fn=one_thread)
    epoch, seconds = 0, 0
    while epoch < 2 or seconds < at_least:
        if epoch == 1:
            began, used, images = time.perf_counter(), processor_seconds(), 0
        for batch, _ in loader:
            if epoch > 0:
                images += len(batch)
        if epoch > 0:
            seconds = time.perf_counter() - began
        epoch += 1
    print(json.dumps({"images": images, "seconds": seconds, "processorSeconds": processor_seconds() - used}))


def measure(command, cores):
    done = subprocess.run([*map(str, command)], env=ENVIRONMENT, capture_output=True, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, cores))
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr.strip()}")
    row = json.loads(done.stdout.splitlines()[-1])
    return {"perCore": row["images"] / row["seconds"] / len(cores),
            "perProcessorSecond": row["images"] / row["processorSeconds"]}


def compare(arguments, data, workers):
    cores = sorted(os.sched_getaffinity(0))[:max(1, workers)]
    if len(cores) < workers:
        sys.exit(f"{workers} workers want {workers} cores, this process may use {len(cores)}")
    tail = [data, workers, arguments.seconds]
    limbus = [arguments.bench, RECIPE, *tail]
    sides = {"limbus": limbus, "limbus, uncached": [*limbus, "again"],
             "peer": [sys.executable, __file__, "--peer", *tail]}
    rounds = []
    for n in range(arguments.rounds):
        order = list(sides) if n % 2 == 0 else list(sides)[::-1]
        rounds.append({side: measure(sides[side], set(cores)) for side in order})
    result = {"workers": workers, "rounds": rounds}
    print(f"\n{workers} workers, {len(cores)} core{'s' if len(cores) > 1 else ''}")
    for key, words in ("perCore", "images per second and core"), ("perProcessorSecond", "the same by processor time"):
        middle = {side: statistics.median(r[side][key] for r in rounds) for side in sides}
        result[key] = {side: {"speed": middle[side]} for side in sides}
        print(f"  {words:28} DataLoader {middle['peer']:7.1f}")
        for side in list(sides)[:-1]:
            ratios = [r[side][key] / r["peer"][key] for r in rounds]
            result[key][side]["ratio"] = statistics.median(ratios)
            print(f"    {side:26} {middle[side]:18.1f}   ratio {statistics.median(ratios):.2f} "
                  f"({min(ratios):.2f} to {max(ratios):.2f}; goal {GOAL})")
    return result


def versions():
    names = ("torch", "albumentations", "opencv-python-headless", "numpy")
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "?"
    return found


def main():
    if sys.argv[1:2] == ["--peer"]:
        return measure_peer(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("limbus", type=Path)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--workers", default="0,2", type=lambda text: [int(word) for word in text.split(",")])
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--seconds", default=10, type=float)
    parser.add_argument("--images", default=256, type=int)
    parser.add_argument("--json", type=Path, help="what was measured, for other tools")
    arguments = parser.parse_args()
    found = versions()
    print(f"{platform.machine()}, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, " +
          ", ".join(f"{name} {version}" for name, version in found.items()))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "eyes")
        # A fifth of what is rendered is not for training.
        subprocess.run([arguments.limbus, "synth", "--preset", "openeds2019", "--count",
                        str(arguments.images * 5 // 4), "--out", data], check=True, stdout=subprocess.DEVNULL)
        results = [compare(arguments, data, workers) for workers in arguments.workers]
    if arguments.json:
        arguments.json.write_text(json.dumps({"versions": found, "results": results}, indent=1) + "\n")


main()
