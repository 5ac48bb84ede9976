"""Runs what limbus_parity_export wrote to a folder in Python's ONNX Runtime; a line for each file, exit code 1 where the
answers differ by more than 1e-3 of the largest value, as in package_parity.spec.ts."""

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

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(folder / f"{row['name']}.onnx"), options, providers=["CPUExecutionProvider"]
        )
        image = {session.get_inputs()[0].name: floats("input", row["input"])}
        got, wanted = session.run(None, image)[0], floats("output", row["output"])
        largest = float(abs(wanted).max())
        difference = float(abs(got - wanted).max()) / largest if got.shape == wanted.shape else float("inf")
        good = difference <= TOLERANCE  # not where it is no number
        failed += not good
        print(f"{'ok    ' if good else 'FAILED'} {row['name']:40} {difference:.1e} of {largest:.3g}", flush=True)
    return failed


sys.exit(1 if main(pathlib.Path(sys.argv[1])) else 0)
