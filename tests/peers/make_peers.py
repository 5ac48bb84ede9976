"""Fills networks of other libraries with weights from a formula and writes what they answer to
tests/cases/peers.json, which tests/native/native_peers.cpp holds ours to. tests/peers/run calls it.

The formula, for value i of the tensor called `name`, all in unsigned 64-bit arithmetic:
    h = FNV-1a of the name;  z = h + (i + 1) * 0x9e3779b97f4a7c15
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;  z = (z ^ z >> 27) * 0x94d049bb133111eb;  z ^= z >> 31
    u = (z >> 40) / 2^24, in [0,1)
    ...running_var: 0.5 + u      ...running_mean: 0.2 (u - 0.5)
    one extent, ...weight: 0.75 + 0.5 u      one extent, ...bias: 0.2 (u - 0.5)
    several extents: (2 u - 1) sqrt(6 / (values / first extent)), what keeps a ReLU's variance
    the image, called "image": 2 u - 1
The names are those of the network, which ours share.
"""

import importlib.metadata
import json
import pathlib

import numpy
import segmentation_models_pytorch as smp
import torch

OUT = pathlib.Path(__file__).parent.parent / "cases" / "peers.json"
LOGITS = 200  # of each network, at most


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


def row(net, options, peer, model, channels=3, classes=4, height=64, width=96):
    state = model.state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = filled(name, tuple(tensor.shape))
    model.load_state_dict(state)
    model.eval()
    image = 2 * uniform("image", channels * height * width) - 1
    image = torch.from_numpy(image.astype(numpy.float32).reshape(1, channels, height, width))
    logits = model(image)
    logits.sum().backward()
    used = sum(p.numel() for p in model.parameters() if p.grad is not None)
    logits = logits.detach().flatten().numpy()
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
        "largest": float(abs(logits).max()),
        "step": step,
        "logits": [float(f"{v:.7g}") for v in logits[::step]],
    }


def smp_unet(encoder, attention=None, **ports):
    version = importlib.metadata.version("segmentation-models-pytorch")
    model = smp.Unet(
        encoder,
        encoder_weights=None,
        decoder_attention_type=attention,
        in_channels=ports.get("channels", 3),
        classes=ports.get("classes", 4),
    )
    options = {"encoder": encoder, **({"attention": attention} if attention else {})}
    words = f", {attention}" if attention else ""
    peer = f"segmentation_models_pytorch {version}, Unet({encoder}{words})"
    return row("smp-unet", options, peer, model, **ports)


def main():
    rows = [
        smp_unet("resnet18"),
        smp_unet("resnet34", channels=1, classes=20),
        smp_unet("resnet18", "scse"),
        smp_unet("resnext50_32x4d"),
        smp_unet("vgg11_bn"),
        smp_unet("densenet121"),
        smp_unet("efficientnet-b0"),
        smp_unet("se_resnext50_32x4d", channels=1),
        smp_unet("dpn92"),
    ]
    text = ",\n".join(json.dumps(r) for r in rows)
    OUT.write_text(f'{{"torch": "{torch.__version__}", "peers": [\n{text}\n]}}\n')
    for r in rows:
        print(r["peer"], r["parameters"], f'largest {r["largest"]:.4g}', len(r["logits"]))


main()
