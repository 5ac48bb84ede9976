"""Runs what limbus_parity_export wrote to a folder in Python's ONNX Runtime; a line for each file, exit code 1 where the
answers differ by more than 1e-3 of the largest value, as in package_parity.spec.ts. Where ONNX Runtime with and without
its optimisations differs from itself by as much, drawn weights make a network that only multiplies rounding: "unsure"."""

import json
import pathlib
import sys

import numpy
import onnxruntime

TOLERANCE = 1e-3


def main(folder):
    failed = 0
    for row in json.loads((folder / "index.json").read_text()):
        def floats(suffix, shape):
            return numpy.fromfile(folder / f"{row['name']}.{suffix}.bin", "<f4").reshape(shape)

        def answer(level):
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            options.graph_optimization_level = level
            session = onnxruntime.InferenceSession(
                str(folder / f"{row['name']}.onnx"), options, providers=["CPUExecutionProvider"]
            )
            return session.run(None, {session.get_inputs()[0].name: floats("input", row["input"])})[0]

        levels = onnxruntime.GraphOptimizationLevel
        got, wanted = answer(levels.ORT_ENABLE_ALL), floats("output", row["output"])
        largest = float(abs(wanted).max())
        difference = float(abs(got - wanted).max()) / largest if got.shape == wanted.shape else float("inf")
        good = difference <= TOLERANCE  # not where it is no number
        own = 0.0 if good else float(abs(answer(levels.ORT_DISABLE_ALL) - got).max()) / largest
        word = "ok" if good else "unsure" if own > TOLERANCE else "FAILED"
        failed += word == "FAILED"
        print(f"{word:6} {row['name']:40} {difference:.1e} of {largest:.3g}", flush=True)
    return failed


sys.exit(1 if main(pathlib.Path(sys.argv[1])) else 0)
