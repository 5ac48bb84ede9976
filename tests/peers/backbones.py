"""Encoders below the networks that no package holds: torchvision's with their windows dilated, and two written out.
Each answers with its values at every scale, finest first, and calls its layers as ours do."""

import torch
import torchvision
from torch import nn


def conv(inside, out, kernel=1, stride=1, dilation=1, groups=1, bias=False):
    """Keeps the size, but for the stride."""
    return nn.Conv2d(inside, out, kernel, stride, kernel // 2 * dilation, dilation, groups, bias)


def conv_norm_relu(inside, out, kernel=1, **options):
    return nn.Sequential(conv(inside, out, kernel, **options), nn.BatchNorm2d(out), nn.ReLU())


def dilate(stage, dilations):
    """No more halving; one dilation for the 3x3 windows of each block."""
    for block, dilation in zip(stage, dilations):
        for module in block.modules():
            if isinstance(module, nn.Conv2d):
                module.stride = 1, 1
                if module.kernel_size == (3, 3):
                    module.dilation = module.padding = dilation, dilation


class ResNet(nn.Module):
    """torchvision's; strides 2, 4, 8, 16, 32."""

    def __init__(self, kind, deep_stem=False, **options):
        super().__init__()
        net = getattr(torchvision.models, kind)(weights=None, **options)
        for name in ("conv1", "bn1", "layer1", "layer2", "layer3", "layer4"):
            self.add_module(name, getattr(net, name))
        self.channels = [64] + [layer.weight.shape[0] for layer in map(self.last_conv, range(1, 5))]
        if deep_stem:
            start = conv_norm_relu(3, 64, 3, stride=2), conv_norm_relu(64, 64, 3), [conv(64, 128, 3)]
            self.conv1 = nn.Sequential(*(layer for part in start for layer in part))
            self.bn1 = nn.BatchNorm2d(128)
            self.layer1[0].conv1 = conv(128, 64)
            self.layer1[0].downsample[0] = conv(128, 256)

    def last_conv(self, stage):
        return [m for m in getattr(self, f"layer{stage}")[-1].modules() if isinstance(m, nn.Conv2d)][-1]

    def to_stride(self, stride):
        """8 or 16, every window of a stage alike."""
        if stride == 8:
            dilate(self.layer3, [2] * len(self.layer3))
        dilate(self.layer4, [32 // stride] * len(self.layer4))
        return self

    def forward(self, x):
        values = [torch.relu(self.bn1(self.conv1(x)))]
        x = nn.functional.max_pool2d(values[0], 3, 2, 1)
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            values.append(x)
        return values


class Vgg(nn.Module):
    """torchvision's: what stands before each pool, and the last pool."""

    def __init__(self, kind):
        super().__init__()
        self.features = getattr(torchvision.models, kind)(weights=None).features
        self.channels = [64, 128, 256, 512, 512, 512]

    def forward(self, x):
        values = []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                values.append(x)
            x = layer(x)
        return values + [x]


class DilatedDenseNet121(nn.Module):
    """Of stride 8: the second and the third transition do not pool, the blocks behind them are dilated."""

    def __init__(self):
        super().__init__()
        self.features = torchvision.models.densenet121(weights=None).features
        del self.features.norm5
        self.channels = [64, 128, 256, 512, 1024]
        for number, dilation in (3, 2), (4, 4):
            delattr(getattr(self.features, f"transition{number - 1}"), "pool")
            dilate(getattr(self.features, f"denseblock{number}").values(), [dilation] * 99)

    def forward(self, x):
        return [self.features(x)]


class Separable(nn.Module):
    def __init__(self, inside, out, stride=1, dilation=1):
        super().__init__()
        self.conv1 = conv(inside, inside, 3, stride, dilation, groups=inside)
        self.bn = nn.BatchNorm2d(inside)
        self.pointwise = conv(inside, out)

    def forward(self, x):
        return self.pointwise(self.bn(self.conv1(x)))


class XceptionBlock(nn.Module):
    def __init__(self, widths, stride=1, dilation=1, relu_first=True):
        super().__init__()
        layers = []
        for i in range(3):
            layers += [nn.ReLU(), Separable(widths[i], widths[i + 1], stride if i == 2 else 1, dilation)]
            layers.append(nn.BatchNorm2d(widths[i + 1]))
        self.rep = nn.Sequential(*layers[0 if relu_first else 1 :])
        self.changes = stride > 1 or widths[0] != widths[3]
        if self.changes:
            self.skip = conv(widths[0], widths[3], stride=stride)
            self.skipbn = nn.BatchNorm2d(widths[3])

    def forward(self, x):
        return self.rep(x) + (self.skipbn(self.skip(x)) if self.changes else x)


class Xception(nn.Module):
    """The aligned one of DeepLabV3+, of stride 8 or 16: values at a quarter and at the end."""

    def __init__(self, width, stride):
        super().__init__()
        middle = width * 728 // 32
        inner = 16 // stride  # dilation of the middle blocks
        self.channels = [4 * width, 64 * width]
        self.conv1, self.bn1 = conv(3, width, 3, 2), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, 2 * width, 3), nn.BatchNorm2d(2 * width)
        self.block1 = XceptionBlock([2 * width] + [4 * width] * 3, 2, relu_first=False)
        self.block2 = XceptionBlock([4 * width] + [8 * width] * 3, 2)
        self.block3 = XceptionBlock([8 * width] + [middle] * 3, 2 // inner)
        for i in range(16):
            self.add_module(f"block{4 + i}", XceptionBlock([middle] * 4, dilation=inner))
        self.block20 = XceptionBlock([middle, middle, 32 * width, 32 * width], dilation=inner)
        last = [32 * width, 48 * width, 48 * width, 64 * width]
        for i in range(3):
            self.add_module(f"conv{3 + i}", Separable(last[i], last[i + 1], dilation=2 * inner))
            self.add_module(f"bn{3 + i}", nn.BatchNorm2d(last[i + 1]))

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        low = self.block1(self.bn2(self.conv2(x)))
        x = torch.relu(low)
        for i in range(2, 21):
            x = getattr(self, f"block{i}")(x)
        x = torch.relu(x)
        for i in range(3, 6):
            x = torch.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        return [low, x]


class WiderBlock(nn.Module):
    def __init__(self, inside, out):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inside)
        self.convs = nn.Module()
        self.convs.conv1, self.convs.conv2 = conv(inside, out, 3), conv(out, out, 3)
        self.convs.bn2 = nn.BatchNorm2d(out)
        if inside != out:
            self.proj_conv = conv(inside, out)

    def forward(self, x):
        ready = nn.functional.leaky_relu(self.bn1(x), 0.01)
        shortcut = self.proj_conv(ready) if hasattr(self, "proj_conv") else x
        y = nn.functional.leaky_relu(self.convs.bn2(self.convs.conv1(ready)), 0.01)
        return self.convs.conv2(y) + shortcut


class WiderResNet(nn.Module):
    """As narrow as in TernausNetV2; what stands before each pool, and the last pool."""

    def __init__(self, width):
        super().__init__()
        self.channels = [width * n for n in (1, 2, 4, 6, 8, 8)]
        self.mod1 = nn.Module()
        self.mod1.conv1 = conv(3, width, 3)
        for i, blocks in enumerate((1, 1, 1, 3)):
            module = nn.Module()
            for k in range(blocks):
                inside = self.channels[i] if k == 0 else self.channels[i + 1]
                module.add_module(f"block{k + 1}", WiderBlock(inside, self.channels[i + 1]))
            self.add_module(f"mod{i + 2}", module)

    def forward(self, x):
        values = [self.mod1.conv1(x)]
        for module in (self.mod2, self.mod3, self.mod4, self.mod5):
            x = nn.functional.max_pool2d(values[-1], 2)
            for block in module.children():
                x = block(x)
            values.append(x)
        return values + [nn.functional.max_pool2d(x, 2)]
