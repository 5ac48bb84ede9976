"""Asks pycocotools for the runs of a few masks and writes tests/cases/peer_runs.json, which
tests/native/data_peer_runs.cpp holds ours to. tests/peers/run calls it.

A mask is 1 where label() of formula.py, over blocks of so many pixels, is not 0.
"""

import numpy
import pycocotools.mask as coco

from formula import labels, version, write

SIZES = (  # height, width, block, classes: a share of 1 / classes is empty
    (1, 1, 1, 1),  # without 1s
    (1, 1, 1, 2),
    (3, 5, 1, 2),
    (7, 4, 2, 2),
    (40, 30, 1, 2),  # short runs
    (40, 30, 1, 5),
    (120, 90, 8, 2),
    (500, 400, 100, 3),  # runs of tens of thousands, and differences below 0
    (1200, 16, 600, 2),
)


def row(height, width, block, classes):
    coarse = labels(f"runs.{classes}", (-(-height // block), -(-width // block)), classes)
    mask = (coarse > 0).astype(numpy.uint8).repeat(block, 0).repeat(block, 1)[:height, :width]
    runs = coco.encode(numpy.asfortranarray(mask))
    assert (coco.decode(runs) == mask).all()
    return {"height": height, "width": width, "block": block, "classes": classes,
            "counts": runs["counts"].decode(), "area": int(coco.area(runs))}


write("peer_runs.json", [row(*size) for size in SIZES], peer="pycocotools " + version("pycocotools"))
