"""Fills networks of other libraries with weights from a formula and writes what they answer to
tests/cases/peers.json, which tests/native/native_peers.cpp holds ours to. tests/peers/run calls it.

Of the number u in [0,1) that formula.py gives for a tensor's name and an index becomes:
    ...running_var: 0.5 + u      ...running_mean: 0.2 (u - 0.5)
    one extent, ...weight: 0.75 + 0.5 u      one extent, ...bias: 0.2 (u - 0.5)
    several extents: (2 u - 1) sqrt(6 / (values / first extent)), what keeps a ReLU's variance
    the image, called "image": 2 u - 1
The names are those of the network, which ours share; torchvision's "backbone" is our encoder.

Not here, since ours are the networks of other sources, with other layers: Linknet (ours is LinkNet34 of TernausNet's
author), PSPNet and DeepLabV3Plus (ours are those of yassouali/pytorch-segmentation: the pyramid's 3x3 conv, the
auxiliary head, plain instead of separable convs), and torchvision's FCN and DeepLabV3, which ours has not.
"""

import json

import numpy
import segmentation_models_pytorch as smp
import torch
import torchvision
from torchvision.models.segmentation import lraspp

from formula import CASES, uniform, version

OUT = CASES / "peers.json"
LOGITS = 200  # of each network, at most


def filled(name, shape):
    u = uniform(name, int(numpy.prod(shape)))
    if name.endswith("running_var"):
        values = 0.5 + u
    elif len(shape) == 1 and name.endswith("weight"):
        values = 0.75 + 0.5 * u
    elif len(shape) == 1:
        values = 0.2 * (u - 0.5)
    else:
        values = (2 * u - 1) * numpy.sqrt(6 / (len(u) / shape[0]))
    return torch.from_numpy(values.astype(numpy.float32).reshape(shape))


def row(net, options, peer, model, rename=lambda name: name, channels=3, classes=4, height=64, width=96):
    state = model.state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = filled(rename(name), tuple(tensor.shape))
    model.load_state_dict(state)
    model.eval()

    def answer(image):
        logits = model(image)
        return logits["out"] if isinstance(logits, dict) else logits

    image = 2 * uniform("image", channels * height * width) - 1
    image = torch.from_numpy(image.astype(numpy.float32).reshape(1, channels, height, width))
    logits = answer(image)
    logits.sum().backward()
    used = sum(p.numel() for p in model.parameters() if p.grad is not None)
    single = logits.detach().flatten().numpy()
    model.double()
    logits = answer(image.double()).detach().flatten().numpy()
    largest = float(abs(logits).max())
    noise = float(abs(single - logits).max()) / largest
    if noise > 1.5e-5:  # other kernels' rounding would come near the test's 1e-4
        raise SystemExit(f"{peer}: rounding alone is {noise:.2g} of the largest logit; leave it out")
    step = -(-len(logits) // LOGITS)
    step += 1 - step % 2  # odd: not always the same column
    return {
        "net": net,
        "options": options,
        "peer": peer,
        "inputChannels": channels,
        "classes": classes,
        "height": height,
        "width": width,
        "parameters": used,  # of those that reach the logits
        "largest": largest,
        "noise": float(f"{noise:.2g}"),  # of single precision there
        "step": step,
        "logits": [float(f"{v:.7g}") for v in logits[::step]],
    }


SMP = "segmentation_models_pytorch " + version("segmentation-models-pytorch")
TORCHVISION = "torchvision " + torchvision.__version__


def of_smp(net, kind, encoder, options=None, words="", channels=3, classes=4, **arguments):
    ports = {"in_channels": channels, "classes": classes}
    model = getattr(smp, kind)(encoder, encoder_weights=None, **ports, **arguments)
    options = {"encoder": encoder, **(options or {})}
    return row(net, options, f"{SMP}, {kind}({encoder}{words})", model, channels=channels, classes=classes)


def smp_unet(encoder, attention=None, **ports):
    options = {"attention": attention} if attention else None
    words = f", {attention}" if attention else ""
    return of_smp("smp-unet", "Unet", encoder, options, words, decoder_attention_type=attention, **ports)


def lr_aspp(size, **ports):
    backbone = getattr(torchvision.models, f"mobilenet_v3_{size}")(weights=None, dilated=True)
    # As lraspp_mobilenet_v3_large() puts it together, for both sizes.
    model = lraspp._lraspp_mobilenetv3(backbone, ports.get("classes", 4))
    return row(
        "lraspp",
        {"encoder": f"mobilenet_v3_{size}"},
        f"{TORCHVISION}, lraspp_mobilenet_v3_{size}",
        model,
        lambda name: name.replace("backbone.", "encoder.features.", 1),
        **ports,
    )


def main():
    rows = [
        smp_unet("resnet18"),
        smp_unet("resnet34", channels=1, classes=20),
        smp_unet("resnet50"),
        smp_unet("vgg11_bn", "scse"),
        smp_unet("resnext50_32x4d"),
        smp_unet("vgg13"),
        smp_unet("densenet121"),
        smp_unet("efficientnet-b0", "scse", classes=2),
        smp_unet("dpn92"),
        of_smp("smp-unetplusplus", "UnetPlusPlus", "resnet18"),
        of_smp("smp-unetplusplus", "UnetPlusPlus", "mobilenet_v2"),
        of_smp("smp-unetplusplus", "UnetPlusPlus", "se_resnext50_32x4d", channels=1),
        of_smp("fpn", "FPN", "resnet18"),
        of_smp("fpn", "FPN", "mobilenet_v2", classes=7),
        of_smp("fpn", "FPN", "efficientnet-b0"),
        of_smp("fpn", "FPN", "vgg11_bn", channels=1),
        of_smp("fpn", "FPN", "densenet169"),
        lr_aspp("small"),
        lr_aspp("large", classes=21),
    ]
    text = ",\n".join(json.dumps(r) for r in rows)
    OUT.write_text(f'{{"torch": "{torch.__version__}", "peers": [\n{text}\n]}}\n')
    for r in rows:
        print(r["peer"], r["parameters"], f'largest {r["largest"]:.4g}', f'noise {r["noise"]:.1g}')


main()
