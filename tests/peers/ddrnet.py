"""DDRNet-23-slim from its paper (Hong et al., 2021), without its second head, which only training reads. Layers are
called as in ours."""

import torch
from torch import nn
from torch.nn.functional import interpolate

from backbones import conv


def norm_relu_conv(inside, out, kernel=1, pool=None):
    layers = nn.BatchNorm2d(inside), nn.ReLU(), conv(inside, out, kernel)
    return nn.Sequential(*([pool] if pool else []), *layers)


def conv_norm(inside, out, kernel=1, stride=1):
    return [conv(inside, out, kernel, stride), nn.BatchNorm2d(out)]


def resized(x, like):
    return interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


class Residual(nn.Module):
    """Of two or three convs; ends before a ReLU."""

    def __init__(self, inside, widths, kernels, stride):
        super().__init__()
        self.count, out = len(widths), widths[-1]
        if stride > 1 or inside != out:
            self.downsample = nn.Sequential(*conv_norm(inside, out, 1, stride))
        for i, (width, kernel) in enumerate(zip(widths, kernels), 1):
            # The first 3x3 conv halves.
            step = stride if kernel == 3 and kernels.index(3) == i - 1 else 1
            self.add_module(f"conv{i}", conv(inside, width, kernel, step))
            self.add_module(f"bn{i}", nn.BatchNorm2d(width))
            inside = width

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = torch.relu(y) if i < self.count else y
        return y + (self.downsample(x) if hasattr(self, "downsample") else x)


class ReluFirst(Residual):
    def forward(self, x):
        return super().forward(torch.relu(x))


def layer(inside, out, stride=1):
    first = Residual(inside, [out, out], [3, 3], stride)
    return nn.Sequential(first, ReluFirst(out, [out, out], [3, 3], 1))


def bottleneck(inside, inner, stride):
    return nn.Sequential(Residual(inside, [inner, inner, 2 * inner], [1, 3, 1], stride))


class PoolingPyramid(nn.Module):
    def __init__(self, inside, each, out):
        super().__init__()
        pools = [nn.AvgPool2d(2 * n + 1, n, n) for n in (2, 4, 8)] + [nn.AdaptiveAvgPool2d(1)]
        self.scale0 = norm_relu_conv(inside, each)
        for i, pool in enumerate(pools, 1):
            self.add_module(f"scale{i}", norm_relu_conv(inside, each, pool=pool))
            self.add_module(f"process{i}", norm_relu_conv(each, each, 3))
        self.compression = norm_relu_conv(5 * each, out)
        self.shortcut = norm_relu_conv(inside, out)

    def forward(self, x):
        seen = [self.scale0(x)]
        for i in range(1, 5):
            y = resized(getattr(self, f"scale{i}")(x), x) + seen[-1]
            seen.append(getattr(self, f"process{i}")(y))
        return self.compression(torch.cat(seen, 1)) + self.shortcut(x)


class Ddrnet(nn.Module):
    def __init__(self, channels, classes, w=32, pyramid=128, head=64):
        super().__init__()
        stem = []
        for inside in (channels, w):
            stem += [nn.Conv2d(inside, w, 3, 2, 1), nn.BatchNorm2d(w), nn.ReLU()]
        self.conv1 = nn.Sequential(*stem)
        self.layer1, self.layer2 = layer(w, w), layer(w, 2 * w, 2)
        self.layer3, self.layer4 = layer(2 * w, 4 * w, 2), layer(4 * w, 8 * w, 2)
        self.layer3_, self.layer4_ = layer(2 * w, 2 * w), layer(2 * w, 2 * w)
        self.layer5, self.layer5_ = bottleneck(8 * w, 8 * w, 2), bottleneck(2 * w, 2 * w, 1)
        self.compression3 = nn.Sequential(*conv_norm(4 * w, 2 * w))
        self.compression4 = nn.Sequential(*conv_norm(8 * w, 2 * w))
        self.down3 = nn.Sequential(*conv_norm(2 * w, 4 * w, 3, 2))
        twice = *conv_norm(2 * w, 4 * w, 3, 2), nn.ReLU(), *conv_norm(4 * w, 8 * w, 3, 2)
        self.down4 = nn.Sequential(*twice)
        self.spp = PoolingPyramid(16 * w, pyramid, 4 * w)
        self.final_layer = nn.Module()
        self.final_layer.bn1, self.final_layer.conv1 = nn.BatchNorm2d(4 * w), conv(4 * w, head, 3)
        self.final_layer.bn2, self.final_layer.conv2 = nn.BatchNorm2d(head), nn.Conv2d(head, classes, 1)

    def forward(self, image):
        relu, last = torch.relu, self.final_layer
        x = relu(self.layer2(relu(self.layer1(self.conv1(image)))))
        coarse, fine = self.layer3(x), self.layer3_(x)
        coarse, fine = (
            coarse + self.down3(relu(fine)),
            fine + resized(self.compression3(relu(coarse)), fine),
        )
        coarse, fine = self.layer4(relu(coarse)), self.layer4_(relu(fine))
        coarse, fine = (
            coarse + self.down4(relu(fine)),
            fine + resized(self.compression4(relu(coarse)), fine),
        )
        fine, coarse = self.layer5_(relu(fine)), self.spp(self.layer5(relu(coarse)))
        x = last.conv1(relu(last.bn1(fine + resized(coarse, fine))))
        return resized(last.conv2(relu(last.bn2(x))), image)
