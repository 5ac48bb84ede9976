"""What both sides fill tensors with, so that tables hold answers alone; tests/native/formula.h is its other half.

uniform(), for value i of the tensor called `name`, all in unsigned 64-bit arithmetic:
    h = FNV-1a of the name;  z = h + (i + 1) * 0x9e3779b97f4a7c15
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;  z = (z ^ z >> 27) * 0x94d049bb133111eb;  z ^= z >> 31
    u = (z >> 40) / 2^24, in [0,1)
"""

import importlib.metadata
import json
import pathlib

import numpy

CASES = pathlib.Path(__file__).parent.parent / "cases"


def uniform(name, count):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    with numpy.errstate(over="ignore"):
        index = numpy.arange(1, count + 1, dtype=numpy.uint64)
        z = numpy.uint64(h) + index * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z ^= z >> numpy.uint64(31)
    return (z >> numpy.uint64(40)).astype(numpy.float64) / 2**24


def labels(name, shape, classes, void=0.0):
    """Labels below `classes`; a share of 255 among them."""
    drawn = uniform(name, int(numpy.prod(shape)))
    mask = numpy.minimum(numpy.floor(drawn * classes), classes - 1).astype(numpy.int64)
    if void > 0:
        mask[uniform(name + ".void", len(drawn)) < void] = 255
    return mask.reshape(shape)


def version(package):
    return importlib.metadata.version(package)


def write(file, rows, **head):
    """One row a line."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    (CASES / file).write_text(json.dumps(head)[:-1] + (", " if head else "") + f'"rows": [\n{lines}\n]}}\n')
    print(f"{file}: {len(rows)} rows")
