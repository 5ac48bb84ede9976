"""Asks other libraries for scores of a few masks and writes tests/cases/peer_metrics.json, which
tests/native/core_peer_metrics.cpp holds ours to. tests/peers/run calls it.

Truth and prediction of image n are the labels of formula.py's "truth.N" and "prediction.N", in blocks; where its
"right.N" is below 0.6, and the truth not void, the prediction is the truth. smp.metrics counts and divides; which
classes and images take part is the convention's and stands here.
"""

import numpy
import segmentation_models_pytorch.metrics as metrics
import torch
from scipy.ndimage import distance_transform_edt
from scipy.spatial.distance import directed_hausdorff
from skimage.segmentation import find_boundaries

from formula import labels, uniform, version, write

SMP = "segmentation_models_pytorch " + version("segmentation-models-pytorch")
BORDERS = f"scikit-image {version('scikit-image')}, find_boundaries; scipy {version('scipy')}"


class Masks:
    """Of `images` images; the truth of each lacks the last `lacking` classes, that of an odd one one more."""

    def __init__(self, images=3, classes=5, lacking=0, void=0.1, predicted=5, height=6, width=7, block=1):
        self.spec = {"images": images, "classes": classes, "lacking": lacking, "void": void, "predicted": predicted,
                     "height": height, "width": width, "block": block}
        shape = (height, width)  # in blocks
        self.truth, self.prediction = [], []
        for n in range(images):
            truth = labels(f"truth.{n}", shape, classes - lacking - n % 2, void)
            guess = labels(f"prediction.{n}", shape, predicted)
            right = (uniform(f"right.{n}", height * width) < 0.6).reshape(shape) & (truth != 255)
            for masks, mask in (self.truth, truth), (self.prediction, numpy.where(right, truth, guess)):
                masks.append(mask.repeat(block, 0).repeat(block, 1))

    def counts(self, without_first=False):
        """tp, fp, fn, tn of smp, [N,K] each."""
        truth = torch.from_numpy(numpy.stack(self.truth))
        prediction = torch.from_numpy(numpy.stack(self.prediction))
        if without_first:
            truth = torch.where((truth == 0) | (prediction == 0), 255, truth)
        return metrics.get_stats(prediction, truth, "multiclass", ignore_index=255, num_classes=self.spec["classes"])


def chosen(counts, classes):
    return [part[:, classes] for part in counts]


def pooled(counts, classes):
    """Over the set: the scores of these classes and their means; what is nowhere scores 0."""
    of_all = [part.sum(0, keepdim=True) for part in counts]
    options = {"reduction": "none", "zero_division": 0}
    scores = {name: function(*of_all, **options)[0] for name, function in
              {"iou": metrics.iou_score, "dice": metrics.f1_score, "precision": metrics.precision,
               "recall": metrics.recall, "accuracy": metrics.accuracy}.items()}
    kept = set(classes)
    listed = {name: [float(v) if k in kept else None for k, v in enumerate(values)] for name, values in scores.items()}
    means = {"reduction": "macro", "zero_division": 0}
    of_these = chosen(counts, classes)
    return {**listed, "mIoU": float(metrics.iou_score(*of_these, **means)),
            "mDice": float(metrics.f1_score(*of_these, **means)),
            "classAccuracy": float(metrics.recall(*of_these, **means)),
            "pixelAccuracy": float(metrics.recall(*counts, reduction="micro", zero_division=0))}


def image_by_image(counts, classes):
    """What truth and prediction both lack scores 1."""
    options = {"reduction": "macro-imagewise", "zero_division": 1}
    of_these = chosen(counts, classes)
    return {"mIoU": float(metrics.iou_score(*of_these, **options)),
            "mDice": float(metrics.f1_score(*of_these, **options))}


def mean(rows):
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def rows_of(masks):
    tp, fp, fn, tn = counts = masks.counts()
    every = list(range(masks.spec["classes"]))
    true = [k for k in every if int((tp + fn).sum(0)[k]) > 0]
    hit = [k for k in every if int(tp.sum(0)[k]) > 0]
    by_convention = {
        "dataset": pooled(counts, every),
        "openeds2019": pooled(counts, true),
        "dataset-nonzero": pooled(counts, hit),
        "drop-first": pooled(masks.counts(without_first=True), every[1:]),
        "image-mean": image_by_image(counts, every),
        "dice-foreground": image_by_image(counts, every[1:]),
        # Each image over the classes of its own truth.
        "signate": mean([image_by_image([part[n:n + 1] for part in counts],
                                        [k for k in every[1:] if int((tp + fn)[n, k]) > 0])
                         for n in range(masks.spec["images"])]),
    }
    for convention, scores in by_convention.items():
        yield {"peer": f"{SMP}, metrics", "convention": convention, **masks.spec, **scores}


def borders_of(masks, n, tolerance):
    """Of each class of image n: None where truth or prediction has no border of it."""
    found = []
    for k in range(masks.spec["classes"]):
        ours = [find_boundaries(mask[n] == k, connectivity=1, mode="inner")
                for mask in (masks.truth, masks.prediction)]
        if not all(border.any() for border in ours):
            found.append(None)
            continue
        points = [numpy.argwhere(border) for border in ours]
        far = max(directed_hausdorff(*points)[0], directed_hausdorff(*points[::-1])[0])
        to_truth, to_prediction = (distance_transform_edt(~border) for border in ours)
        found.append({"hausdorffPx": far, "precision": float((to_truth[ours[1]] <= tolerance).mean()),
                      "recall": float((to_prediction[ours[0]] <= tolerance).mean())})
    return {"peer": BORDERS, "image": n, "tolerancePx": tolerance, **masks.spec, "borders": found}


def main():
    torch.set_default_dtype(torch.float64)  # of quotients
    rows = []
    for masks in Masks(), Masks(lacking=1, predicted=4), Masks(lacking=2, void=0):
        rows += rows_of(masks)
    large = Masks(images=2, classes=4, void=0, predicted=4, height=6, width=8, block=4)
    rows += [borders_of(large, n, tolerance) for n in range(2) for tolerance in (0, 2)]
    write("peer_metrics.json", rows)


main()
