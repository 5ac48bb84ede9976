#!/usr/bin/python3
"""Runs ONNX's own full checker (structure and strict shape inference) on every file given."""
import sys

import onnx


def main(paths):
    failed = 0
    for path in paths:
        try:
            model = onnx.load(path, load_external_data=False)
            onnx.checker.check_model(model, full_check=True)
            onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
            if model.ir_version > 8 or model.opset_import[0].version > 17:
                raise ValueError("IR %d, opset %d" % (model.ir_version, model.opset_import[0].version))
        except Exception as error:  # the checker raises several kinds
            failed += 1
            print("%s: %s" % (path, str(error).strip().replace("\n", " ")))
    print("%d files, %d failed" % (len(paths), failed))
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
