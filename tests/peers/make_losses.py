"""Asks losses of other libraries for values and gradients and writes tests/cases/peer_losses.json, which
tests/native/native_peer_losses.cpp holds ours to. tests/peers/run calls it.

Logits are 6 u - 3 of formula.py's "logits", labels those of its "labels", all in double precision. Where a library
casts to single on the way (Lovasz, MONAI's weights), it is kept from it: what is compared is the formula.

README.md says what is left out, since ours differs on purpose.
"""

import unittest.mock

import monai.losses
import numpy
import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F
import torchvision
from segmentation_models_pytorch.losses import _functional, lovasz

from formula import labels, uniform, version, write

GRADIENTS = 24  # of each row
SMP = "segmentation_models_pytorch " + version("segmentation-models-pytorch")
TORCH = "torch " + torch.__version__
MONAI = "monai " + version("monai")


class Case:
    """A batch, and what peers want made of it."""

    def __init__(self, classes=4, void=0.15, absent=False, images=2, height=5, width=6):
        self.spec = {"images": images, "classes": classes, "height": height, "width": width, "void": void}
        self.spec["labels"] = classes - 1 if absent else classes  # the last class is nowhere
        shape = (images, classes, height, width)
        values = 6 * uniform("logits", int(numpy.prod(shape))) - 3
        self.logits = torch.from_numpy(values.reshape(shape)).requires_grad_(True)
        target = labels("labels", (images, height, width), self.spec["labels"], void)
        self.target = torch.from_numpy(target)  # [N,H,W]
        self.valid = self.target != 255
        self.planes = F.one_hot(self.target * self.valid, classes).movedim(-1, 1).double()  # [N,K,H,W]
        self.p = self.logits.softmax(1)

    def voided(self):
        """[N,K,H,W]: 0 or 1, 255 where void."""
        return torch.where(self.valid.unsqueeze(1), self.planes, torch.full_like(self.planes, 255))

    def of_class(self, k, values):
        """Those of one class that are not void, [P]."""
        return values[:, k][self.valid]

    def classes(self):
        return range(self.spec["classes"])


def row(peer, ours, case, value):
    """`value`: the peer's answer; `ours`: the entry under "loss" of a recipe."""
    (gradient,) = torch.autograd.grad(value, case.logits, retain_graph=True)
    flat = gradient.flatten().tolist()
    step = -(-len(flat) // GRADIENTS)
    step += 1 - step % 2
    kept = [float(f"{v:.13g}") for v in flat[::step]]
    return {"peer": peer, "loss": ours, **case.spec, "value": value.item(), "step": step, "gradients": kept}


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def of_torch():
    weights = torch.tensor([0.5, 2, 1, 3], dtype=torch.float64)
    named = weights.tolist()
    for void in 0, 0.15:
        case = Case(void=void)

        def entropy(**options):
            return F.cross_entropy(case.logits, case.target, ignore_index=255, **options)

        yield row(f"{TORCH}, cross_entropy", {"name": "ce"}, case, entropy())
        yield row(f"{TORCH}, cross_entropy(weight)", {"name": "ce", "weights": named}, case, entropy(weight=weights))
        yield row(f"{TORCH}, cross_entropy(label_smoothing)", {"name": "ce", "smoothing": 0.1}, case,
                  entropy(label_smoothing=0.1))
        yield row(f"{TORCH}, cross_entropy(weight, label_smoothing)",
                  {"name": "ce", "weights": named, "smoothing": 0.1}, case,
                  entropy(weight=weights, label_smoothing=0.1))
        logits, planes = (values.movedim(1, -1)[case.valid] for values in (case.logits, case.planes))  # [P,K]
        yield row(f"{TORCH}, binary_cross_entropy_with_logits", {"name": "bce"}, case,
                  F.binary_cross_entropy_with_logits(logits, planes))
        yield row(f"{TORCH}, binary_cross_entropy_with_logits(weight)", {"name": "bce", "weights": named}, case,
                  F.binary_cross_entropy_with_logits(logits, planes, weight=weights))
        yield row(f"torchvision {torchvision.__version__}, sigmoid_focal_loss(alpha=-1, gamma=1.5)",
                  {"name": "focal", "activation": "sigmoid", "alpha": 1, "gamma": 1.5}, case,
                  torchvision.ops.sigmoid_focal_loss(logits, planes, alpha=-1, gamma=1.5, reduction="mean"))
    case = Case()
    each = F.cross_entropy(case.logits, case.target, ignore_index=255, reduction="none")[case.valid]
    hardest = each.topk(len(each) // 4).values
    yield row(f"{TORCH}, mean of the largest quarter of cross_entropy", {"name": "ohem", "threshold": 0, "least": 0.25},
              case, hardest.mean())


def of_smp():
    """In smp a class that the truth lacks counts 0, which is our leastPx of 1. Its Dice adds `smooth` to half of what
    ours adds it to."""
    losses = smp.losses
    for absent in False, True:
        for void in 0, 0.15:
            case = Case(void=void, absent=absent)
            common = {"smooth": 1, "leastPx": 1}

            def overlap(kind, ours, words, sigmoid=False, **options):
                mode, target = ("multilabel", case.voided()) if sigmoid else ("multiclass", case.target)
                loss = getattr(losses, kind)(mode, ignore_index=255, **options)
                activation = {"activation": "sigmoid"} if sigmoid else {}
                return row(f"{SMP}, {kind}({mode}{words})", {**ours, **common, **activation}, case,
                           loss(case.logits, target))

            for sigmoid in False, True:
                yield overlap("DiceLoss", {"name": "dice"}, "", sigmoid, smooth=0.5)
                yield overlap("JaccardLoss", {"name": "jaccard"}, "", sigmoid, smooth=1)
                yield overlap("TverskyLoss", {"name": "tversky", "alpha": 0.3, "beta": 0.7}, ", 0.3, 0.7", sigmoid,
                              smooth=1, alpha=0.3, beta=0.7)
            yield overlap("JaccardLoss", {"name": "log-jaccard"}, ", log_loss", log_loss=True, smooth=1)
            weights = [0.5, 2, 1, 3]
            yield overlap("DiceLoss", {"name": "dice", "weights": weights}, ", class_weights", smooth=0.5,
                          class_weights=weights)
            yield overlap("JaccardLoss", {"name": "jaccard", "weights": weights}, ", class_weights", smooth=1,
                          class_weights=weights)
            yield overlap("DiceLoss", {"name": "dice", "background": False}, ", classes 1 to 3", smooth=0.5,
                          classes=[1, 2, 3])
            yield overlap("DiceLoss", {"name": "dice"}, ", smooth 0", smooth=0) | {
                "loss": {"name": "dice", "leastPx": 1}, "tolerance": 1e-6}  # ours has 1e-6 below the line
    case = Case(classes=2)
    # Of one class alone the exponent is the same inside and outside of smp's mean over the classes.
    yield row(f"{SMP}, TverskyLoss(multiclass, 0.3, 0.7, gamma 0.75, class 1)",
              {"name": "tversky", "alpha": 0.3, "beta": 0.7, "gamma": 0.75, "background": False, "smooth": 1}, case,
              losses.TverskyLoss("multiclass", [1], smooth=1, ignore_index=255, alpha=0.3, beta=0.7,
                                 gamma=0.75)(case.logits, case.target))

    case = Case()
    inside, truth = case.p[:, 1:].sum(1) * case.valid, ((case.target > 0) & case.valid).double()
    yield row(f"{SMP}, DiceLoss(binary) of all classes but the first", {"name": "foreground-dice", "smooth": 1}, case,
              losses.DiceLoss("binary", from_logits=False, smooth=0.5)(inside, truth))
    pooled = (values * case.valid.unsqueeze(1) for values in (case.p, case.planes))
    yield row(f"{SMP}, DiceLoss(binary) of all planes as one", {"name": "dice", "reduce": "pooled", "smooth": 1}, case,
              losses.DiceLoss("binary", from_logits=False, smooth=0.5)(*(v.reshape(2, 1, -1) for v in pooled)))
    yield row(f"{SMP}, DiceLoss(multiclass), mean over the images", {"name": "dice", "perImage": True, "smooth": 1},
              case, mean(losses.DiceLoss("multiclass", smooth=0.5, ignore_index=255)(
                  case.logits[n:n + 1], case.target[n:n + 1]) for n in range(2)))

    for gamma in 0.5, 2:
        yield row(f"{SMP}, FocalLoss(multiclass, gamma {gamma})",
                  {"name": "focal", "activation": "sigmoid", "alpha": 1, "gamma": gamma}, case,
                  losses.FocalLoss("multiclass", gamma=gamma, ignore_index=255)(case.logits, case.target))
    weights = [0.5, 2, 1, 0.5]  # which add up to as many as there are: smp divides by them, ours by the classes
    yield row(f"{SMP}, FocalLoss(multiclass, class_weights)",
              {"name": "focal", "activation": "sigmoid", "alpha": 1, "gamma": 2, "weights": weights}, case,
              losses.FocalLoss("multiclass", gamma=2.0, ignore_index=255, class_weights=weights)(
                  case.logits, case.target))
    whole = Case(void=0)  # what has no ignored label there, or divides by the ignored pixels too
    yield row(f"{SMP}, softmax_focal_loss_with_logits", {"name": "focal", "alpha": 1, "gamma": 2}, whole,
              _functional.softmax_focal_loss_with_logits(whole.logits, whole.target, gamma=2.0))
    yield row(f"{SMP}, SoftBCEWithLogitsLoss", {"name": "bce"}, whole,
              losses.SoftBCEWithLogitsLoss()(whole.logits, whole.planes))
    yield row(f"{SMP}, SoftCrossEntropyLoss(smooth_factor 0.2)", {"name": "ce", "smoothing": 0.2}, whole,
              losses.SoftCrossEntropyLoss(smooth_factor=0.2)(whole.logits, whole.target))

    for case in Case(), Case(absent=True):
        # For one class each; where the truth has it nowhere, both roots are of nothing.
        there = range(case.spec["labels"])
        correlation = losses.MCCLoss(eps=0)
        values = [correlation(case.of_class(k, case.p), case.of_class(k, case.planes)) for k in there]
        yield row(f"{SMP}, MCCLoss of each class", {"name": "mcc", "leastPx": 1}, case,
                  sum(values) / case.spec["classes"]) | {"tolerance": 1e-8}  # ours has 1e-12 under the root


def of_lovasz():
    """smp has the code of Berman et al.; every class of the hinge is a binary problem of its own."""
    for absent in False, True:
        case = Case(absent=absent)
        for per_image in False, True:
            ours = {"perImage": per_image}
            yield row(f"{SMP}, LovaszLoss(multiclass, per_image={per_image})", {"name": "lovasz-softmax", **ours}, case,
                      smp.losses.LovaszLoss("multiclass", per_image, ignore_index=255)(case.logits, case.target))
            yield row(f"{SMP}, _lovasz_softmax(classes='all', per_image={per_image})",
                      {"name": "lovasz-softmax", "present": False, **ours}, case,
                      lovasz._lovasz_softmax(case.p, case.target, "all", per_image, 255))
            hinge = smp.losses.LovaszLoss("binary", per_image, ignore_index=255)
            target = case.voided()
            yield row(f"{SMP}, LovaszLoss(binary, per_image={per_image}) of each class",
                      {"name": "lovasz-hinge", "present": False, **ours}, case,
                      mean(hinge(case.logits[:, k], target[:, k]) for k in case.classes()))
        hinge = smp.losses.LovaszLoss("binary", ignore_index=255)
        there = range(case.spec["labels"])
        yield row(f"{SMP}, LovaszLoss(binary) of each class that is there", {"name": "lovasz-hinge"}, case,
                  mean(hinge(case.logits[:, k], target[:, k]) for k in there))


def of_monai():
    """Image by image, where the others have the batch."""
    case = Case(void=0)
    target = case.target.unsqueeze(1)
    common = {"softmax": True, "to_onehot_y": True}
    added = {"smooth_nr": 1, "smooth_dr": 1}
    ours = {"perImage": True, "smooth": 1}
    yield row(f"{MONAI}, GeneralizedDiceLoss(square)", {"name": "generalised-dice"}, case,
              monai.losses.GeneralizedDiceLoss(**common, w_type="square", smooth_nr=0, smooth_dr=0)(
                  case.logits, target))
    yield row(f"{MONAI}, DiceLoss", {"name": "dice", **ours}, case,
              monai.losses.DiceLoss(**common, **added)(case.logits, target))
    yield row(f"{MONAI}, TverskyLoss(0.3, 0.7)", {"name": "tversky", "alpha": 0.3, "beta": 0.7, **ours}, case,
              monai.losses.TverskyLoss(**common, **added, alpha=0.3, beta=0.7)(case.logits, target))
    yield row(f"{MONAI}, FocalLoss(use_softmax, gamma 2)", {"name": "focal", "alpha": 1, "gamma": 2}, case,
              monai.losses.FocalLoss(to_onehot_y=True, use_softmax=True, gamma=2).to(torch.float64)(
                  case.logits, target) * case.spec["classes"])  # of which all but one plane are 0


def main():
    with unittest.mock.patch.object(torch.Tensor, "float", torch.Tensor.double):
        rows = [*of_torch(), *of_smp(), *of_lovasz(), *of_monai()]
    write("peer_losses.json", rows)


main()
