"""Asks other libraries what they call the layers of the encoders that ours are and writes tests/cases/peer_names.json,
whose tensors tests/native/weights_peer_names.cpp brings to our parameters. tests/peers/run calls it.

A row is a model: its layers in the order in which they are computed, each a name, the shape of its weight, "+ bias"
where it has one, "norm" where it is a batch norm with running statistics; "more" are those that ours has not. `below`:
what stands in front of every name; `fills`: what of ours they are, the whole net or its encoder.
"""

import re

import segmentation_models_pytorch as smp
import timm
import torchvision

import openmmlab
from formula import version, write

TIMM = "timm " + timm.__version__
TORCHVISION = "torchvision " + torchvision.__version__.split("+")[0]
SMP = "segmentation_models_pytorch " + version("segmentation-models-pytorch")
MMSEG = "mmsegmentation " + version("mmsegmentation")


HEAD = r"(classifier|fc|head|pre_logits|conv_head)\b"


def layers_of(model):
    tensors = {}
    for name, tensor in model.state_dict().items():
        layer, part = name.rsplit(".", 1)
        tensors.setdefault(layer, {})[part] = tensor
    for layer, parts in tensors.items():
        shape = "x".join(str(extent) for extent in parts["weight"].shape)
        kind = " norm" if "running_mean" in parts else " + bias" if "bias" in parts else ""
        yield f"{layer} {shape}{kind}"


def row(peer, net, encoder, model, below="", head=HEAD, rename=str, fills="encoder"):
    layers = [rename(layer) for layer in layers_of(model)]
    return {
        "peer": peer,
        "net": net,
        "options": {"encoder": encoder},
        "below": below,
        "fills": fills,
        "layers": [layer for layer in layers if not re.match(head, layer)],
        "more": [layer for layer in layers if re.match(head, layer)],
    }


def of_timm(encoder, name, **options):
    return row(f"{TIMM}, {name}", "smp-unet", encoder, timm.create_model(name), **options)


def of_torchvision(encoder, name, words="", **options):
    model = getattr(torchvision.models, name)(weights=None)
    return row(f"{TORCHVISION}, {name}{words}", "smp-unet", encoder, model, **options)


def published_densenet(layer):
    """torchvision renames these when it loads a file."""
    return re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", layer)


def lr_aspp(encoder, name):
    model = getattr(torchvision.models.segmentation, name)(weights=None, weights_backbone=None)
    return row(f"{TORCHVISION}, {name}", "lraspp", encoder, model, head="(?!)", fills="net")


def of_smp(encoder, name, **options):
    model = smp.encoders.get_encoder(name, weights=None)
    return row(f"{SMP}, {name}", "smp-unet", encoder, model, below="encoder.", **options)


def of_mmseg(net, options, name, parts, words="", **backbone):
    """`parts`: those of theirs that ours has."""
    model = openmmlab.built(name, **backbone)
    layers = {layer.split()[0]: layer for layer in layers_of(model)}
    ours = openmmlab.called(model, *parts)
    name = name.split("/")[1].split("_4x")[0].split("_2x")[0]
    return {
        "peer": f"{MMSEG}, {name}{words}",
        "net": net,
        "options": options,
        "below": "",
        "fills": "net" if parts else "encoder",
        "layers": [layers.pop(layer) for layer in ours],
        "more": list(layers.values()),
    }


def psp(depth, words="", stem=0, **backbone):
    encoder = {"name": f"resnet{depth}", "deepStem": stem > 0, "stemWidth": stem}
    name = f"pspnet/pspnet_r{depth}b-d8_4xb2-80k_cityscapes-512x1024"
    return of_mmseg("pspnet", {"encoder": encoder, "auxiliary": False}, name, ["decode_head"], words=words, **backbone)


# EfficientNet's last conv belongs to its classifier, MobileNetV2's is the last of ours too.
EFFICIENTNET = {"head": r"(_?conv_head|bn2|_bn1|features\.8|classifier)\b"}
MOBILENET = {"head": r"classifier\b"}

rows = [
    of_timm("efficientnet-b0", "efficientnet_b0", **EFFICIENTNET),
    of_timm("efficientnet-b1", "tf_efficientnet_b1", **EFFICIENTNET),
    of_timm("mobilenet_v2", "mobilenetv2_100", **MOBILENET),
    of_timm("mobilenet_v3_small", "mobilenetv3_small_100"),
    of_timm("mobilenet_v3_large", "tf_mobilenetv3_large_100"),
    of_timm("se_resnet50", "seresnet50"),
    of_timm("se_resnext50_32x4d", "seresnext50_32x4d"),
    of_timm("densenet121", "densenet121"),
    of_timm("dpn92", "dpn92"),
    of_timm("vgg11_bn", "vgg11_bn"),
    of_torchvision("efficientnet-b0", "efficientnet_b0", **EFFICIENTNET),
    of_torchvision("efficientnet-b2", "efficientnet_b2", **EFFICIENTNET),
    of_torchvision("mobilenet_v2", "mobilenet_v2", **MOBILENET),
    of_torchvision("mobilenet_v3_small", "mobilenet_v3_small"),
    of_torchvision("densenet121", "densenet121", " as published", rename=published_densenet),
    of_torchvision("resnet18", "resnet18"),
    of_torchvision("vgg11", "vgg11"),
    lr_aspp("mobilenet_v3_large", "lraspp_mobilenet_v3_large"),
    of_smp("efficientnet-b0", "efficientnet-b0", **EFFICIENTNET),
    of_smp("efficientnet-b0", "timm-efficientnet-b0", **EFFICIENTNET),
    of_smp("mobilenet_v3_small", "tu-mobilenetv3_small_100"),
    of_smp("resnet34", "tu-resnet34"),
    psp(18),
    psp(50),
    psp(50, " over ResNetV1c", 64, type="ResNetV1c"),
    psp(18, " over ResNetV1c, stem_channels 128", 128, type="ResNetV1c", stem_channels=128),
    of_mmseg(
        "deeplabv3plus",
        {"encoder": "resnet101"},
        "deeplabv3plus/deeplabv3plus_r101b-d8_4xb2-80k_cityscapes-512x1024",
        [],
    ),
    of_mmseg(
        "ddrnet",
        {"stemBias": False},
        "ddrnet/ddrnet_23-slim_in1k-pre_2xb6-120k_cityscapes-1024x1024",
        ["decode_head"],
    ),
]

write("peer_names.json", rows)
