"""Fills networks of other libraries with weights from a formula and writes what they answer to
tests/cases/peers.json, which tests/native/native_peers.cpp holds ours to. tests/peers/run calls it.

Of the number u in [0,1) that formula.py gives for a tensor's name and an index becomes:
    ...running_var: 0.5 + u      ...running_mean: 0.2 (u - 0.5)
    a PReLU's weight: u / 2
    one extent, ...weight: 0.75 + 0.5 u      one extent, ...bias: 0.2 (u - 0.5)
    several extents: (2 u - 1) sqrt(6 / (values / first extent)), what keeps a ReLU's variance
    the image, called "image": 2 u - 1
The names are those of the network, which ours share; torchvision's "backbone" is our encoder.

Networks that no package holds stand in toolbox.py, contest.py and ddrnet.py as plain modules of PyTorch. README.md says
which heads of packages are other networks than ours.
"""

import json

import numpy
import segmentation_models_pytorch as smp
import torch
import torchvision
from torchvision.models.segmentation import lraspp

import backbones
import contest
import ddrnet
import toolbox
from backbones import ResNet, Vgg
from formula import CASES, uniform, version

OUT = CASES / "peers.json"
LOGITS = 200  # of each network, at most


def filled(name, shape, slopes):
    u = uniform(name, int(numpy.prod(shape)))
    if slopes:
        values = u / 2
    elif name.endswith("running_var"):
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
    slopes = {f"{name}.weight" for name, m in model.named_modules() if isinstance(m, torch.nn.PReLU)}
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = filled(rename(name), tuple(tensor.shape), name in slopes)
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
    if noise > 2.5e-5:  # other kernels' rounding would come near the test's 1e-4
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
TORCHVISION = "torchvision " + torchvision.__version__.split("+")[0]
TORCH = "torch " + torch.__version__.split("+")[0]


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


def written(net, options, module, words="", **ports):
    """`module`: of toolbox.py, contest.py or ddrnet.py."""
    home, name = type(module).__module__, type(module).__name__
    return row(net, options, f"{TORCH}, {home}.{name}{words}", module, **ports)


def deeplab(kind, stride, decoder, **ports):
    options = {"encoder": kind, "outputStride": stride, "decoderWidth": decoder}
    model = toolbox.Deeplab(ResNet(kind).to_stride(stride), 4, stride, decoder)
    return written("deeplabv3plus", options, model, f"({kind}, stride {stride})", **ports)


def deeplab_xception(stride, stem, **ports):
    encoder = {"name": "xception", "width": stem}
    options = {"encoder": encoder, "outputStride": stride, "decoderWidth": 8 * stem}
    model = toolbox.Deeplab(backbones.Xception(stem, stride), 4, stride, 8 * stem)
    return written("deeplabv3plus", options, model, f"(xception, stride {stride})", **ports)


def gcn(kind, deconv, **ports):
    words = ", deconv" if deconv else ""
    options = {"encoder": kind, "deconv": deconv}
    model = toolbox.Gcn(ResNet(kind), 4, deconv=deconv)
    return written("gcn", options, model, f"({kind}{words})", **ports)


TERNAUS = {
    "vgg11": ((16, 8), (16, 8), (16, 4), (8, 2), (4, 1)),
    "vgg16": ((16, 8), (16, 8), (16, 8), (8, 2), (4, 1)),
    "wider": ((8, 8), (8, 8), (8, 8), (6, 6), (4, 2)),
}


def ternausnet(kind, up, kernel=None):
    model = contest.Ternausnet(Vgg(kind), 4, TERNAUS[kind], 32, kernel or up)
    options = {"encoder": kind, "up": up}
    return written("ternausnet", options, model, f"({kind}, {up})", height=64, width=64)


def ternausnetv2():
    model = contest.Ternausnet(backbones.WiderResNet(64), 4, TERNAUS["wider"], 32, "nearest")
    return written("ternausnetv2", {}, model, "(wider_resnet)")


def albunet(kind, up, width, kernel=None):
    model = contest.Albunet(ResNet(kind), 4, width, kernel or up)
    options = {"encoder": kind, "up": up, "decoderWidth": width}
    return written("albunet", options, model, f"({kind}, {up})", height=64, width=128)


class SmpFeatures(torch.nn.Module):
    """segmentation_models_pytorch's encoder, without the image among its features."""

    def __init__(self, kind):
        super().__init__()
        encoder = smp.encoders.get_encoder(kind, weights=None)
        self.channels = encoder.out_channels[1:]
        for name, module in encoder.named_children():
            self.add_module(name, module)
        self.features = [encoder]  # in a list: no second set of names

    def forward(self, x):
        return self.features[0](x)[1:]


def scse_unet(kind, gates, widths=(64, 128, 192, 256), **ports):
    encoder = SmpFeatures(kind) if kind.startswith("se_") else ResNet(kind)
    options = {"encoder": kind, "gates": gates, "widths": list(widths)}
    model = contest.ScseUnet(encoder, 4, gates, widths)
    return written("scse-unet", options, model, f"({kind}, {gates})", **ports)


def packages():
    yield smp_unet("resnet18")
    yield smp_unet("resnet34", channels=1, classes=20)
    yield smp_unet("resnet50")
    yield smp_unet("vgg11_bn", "scse")
    yield smp_unet("resnext50_32x4d")
    yield smp_unet("vgg13")
    yield smp_unet("densenet121")
    yield smp_unet("efficientnet-b0", "scse", classes=2)
    yield smp_unet("efficientnet-b2")
    yield smp_unet("mobilenet_v2")
    yield smp_unet("dpn92")
    yield of_smp("smp-unetplusplus", "UnetPlusPlus", "resnet18")
    yield of_smp("smp-unetplusplus", "UnetPlusPlus", "mobilenet_v2")
    yield of_smp("smp-unetplusplus", "UnetPlusPlus", "se_resnext50_32x4d", channels=1)
    yield of_smp("fpn", "FPN", "resnet18")
    yield of_smp("fpn", "FPN", "mobilenet_v2", classes=7)
    yield of_smp("fpn", "FPN", "efficientnet-b0")
    yield of_smp("fpn", "FPN", "vgg11_bn", channels=1)
    yield of_smp("fpn", "FPN", "densenet169")
    yield of_smp("fpn", "FPN", "se_resnet50")
    yield lr_aspp("small")
    yield lr_aspp("large", classes=21)


ODD = {"height": 61, "width": 91}  # of the image, where the peer takes such


def of_toolbox():
    yield written("enet", {}, toolbox.Enet(3, 4))
    yield written("enet", {}, toolbox.Enet(1, 20), channels=1, classes=20)
    yield written("segnet", {}, toolbox.Segnet(3, 4, 64))
    yield written("segresnet", {}, toolbox.Segresnet(4))
    yield written("unet", {}, toolbox.Unet(3, 4, 64))
    yield written("unet", {"width": 8}, toolbox.Unet(1, 4, 8), channels=1, **ODD)
    yield written("fcn8s", {"width": 8}, toolbox.Fcn8s(3, 4, 8), **ODD)
    yield deeplab("resnet18", 16, 64, **ODD)
    yield deeplab("resnet50", 8, 32)
    yield deeplab("resnet101", 16, 256)
    yield deeplab_xception(16, 32)
    yield deeplab_xception(8, 8, **ODD)
    yield gcn("resnet18", False, **ODD)
    yield gcn("resnext50_32x4d", True)
    options = {"encoder": "resnet18", "decoderWidth": 64}
    model = toolbox.Upernet(ResNet("resnet18").to_stride(16), 4, 64)
    yield written("upernet", options, model, "(resnet18)", **ODD)
    yield written("duc-hdc", {}, toolbox.DucHdc(4, 256))
    options = {"encoder": {"name": "resnet50", "deepStem": True}, "auxiliary": False}
    dilated = {"replace_stride_with_dilation": [False, True, True]}
    encoder = ResNet("resnet50", deep_stem=True, **dilated)
    yield written("pspnet", options, toolbox.Pspnet(encoder, 4), "(resnet50)")
    options = {"encoder": "densenet121", "auxiliary": False}
    encoder = backbones.DilatedDenseNet121()
    yield written("pspnet", options, toolbox.Pspnet(encoder, 4), "(densenet121)", **ODD)


def of_contests():
    yield written("dabnet", {}, contest.Dabnet(1, 4, 18), channels=1)
    options = {"width": 32}
    yield written("dabnet", options, contest.Dabnet(3, 19, 32), "(32)", classes=19)
    yield written("ritnet", {}, contest.Ritnet(1, 4), channels=1)
    yield written("mobilenetv2-cs", {}, contest.MobileNetV2Cs(1, 4), channels=1)
    yield scse_unet("se_resnext50_32x4d", "concat", (16, 32, 48, 64))
    yield scse_unet("resnet18", "sum")
    yield scse_unet("resnet18", "none")
    yield albunet("resnet34", "nearest", 32)
    yield albunet("resnet18", "deconv", 8, 4)
    yield ternausnet("vgg11", "deconv", 3)
    yield ternausnet("vgg16", "bilinear")
    yield ternausnetv2()
    yield written("linknet", {}, contest.Linknet(ResNet("resnet34"), 4), "(resnet34)")
    options = {"auxiliary": False}
    yield written("ddrnet", options, ddrnet.Ddrnet(3, 4), height=128, width=192)


def main():
    rows = [*packages(), *of_toolbox(), *of_contests()]
    text = ",\n".join(json.dumps(r) for r in rows)
    OUT.write_text(f'{{"torch": "{TORCH.split()[1]}", "peers": [\n{text}\n]}}\n')
    for r in rows:
        print(r["peer"], r["parameters"], f'largest {r["largest"]:.4g}', f'noise {r["noise"]:.1g}')


main()
