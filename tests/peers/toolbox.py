"""The networks of the toolbox yassouali/pytorch-segmentation, which is no package: written anew from what they are
known to be. Layers are called as there and in ours; encoders as torchvision calls them, below "encoder".
"""

import torch
from torch import nn
from torch.nn.functional import interpolate, max_pool2d, max_unpool2d, pad

from backbones import ResNet, conv, conv_norm_relu, dilate


def bilinear(x, like, corners=True):
    return interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=corners)


class Enet(nn.Module):
    def __init__(self, channels, classes, width=16):
        super().__init__()
        half, quarter, eighth = width, 4 * width, 8 * width
        self.initial = nn.Module()
        self.initial.conv = nn.Conv2d(channels, half - channels, 3, 2, 1)
        self.initial.bn, self.initial.prelu = nn.BatchNorm2d(half), nn.PReLU(half)
        self.bottleneck10 = EnetBlock(half, quarter, "down")
        for i in range(1, 5):
            self.add_module(f"bottleneck1{i}", EnetBlock(quarter, quarter))
        self.bottleneck20 = EnetBlock(quarter, eighth, "down")
        for stage in (2, 3):
            for i, dilation in enumerate((1, 2, 0, 4, 1, 8, 0, 16), 1):
                block = EnetBlock(eighth, eighth, "same" if dilation else "asymmetric", dilation)
                self.add_module(f"bottleneck{stage}{i}", block)
        self.bottleneck40 = EnetBlock(eighth, quarter, "up")
        self.bottleneck41 = EnetBlock(quarter, quarter, prelu=False)
        self.bottleneck42 = EnetBlock(quarter, quarter, prelu=False)
        self.bottleneck50 = EnetBlock(quarter, half, "up")
        self.bottleneck51 = EnetBlock(half, half, prelu=False)
        self.fullconv = nn.ConvTranspose2d(half, classes, 3, 2, 1, 1, bias=False)

    def forward(self, x):
        first = self.initial
        x = torch.cat([max_pool2d(x, 2, ceil_mode=True), first.conv(x)], 1)
        x = first.prelu(first.bn(x))
        places = []
        for name, block in self.named_children():
            if name.startswith("bottleneck"):
                x = block(x, places)
        return self.fullconv(x)


class EnetBlock(nn.Module):
    """`kind`: same, asymmetric, down, up. `places`: where the maxima of the pools stood, last first out."""

    def __init__(self, inside, out, kind="same", dilation=1, prelu=True):
        super().__init__()
        act = nn.PReLU if prelu and kind != "up" else nn.ReLU
        self.kind, self.more, inner = kind, out - inside, inside // 4
        if kind == "up":
            self.spatil_conv, self.bn_up = conv(inside, out), nn.BatchNorm2d(out)
        size = 2 if kind == "down" else 1
        self.conv1 = nn.Conv2d(inside, inner, size, size, bias=False)
        if kind == "asymmetric":
            row = nn.Conv2d(inner, inner, (1, 5), padding=(0, 2))
            column = nn.Conv2d(inner, inner, (5, 1), padding=(2, 0))
            self.conv2 = nn.Sequential(row, nn.BatchNorm2d(inner), act(), column)
        elif kind == "up":
            self.conv2 = nn.ConvTranspose2d(inner, inner, 3, 2, 1, 1, bias=False)
        else:
            self.conv2 = conv(inner, inner, 3, dilation=dilation)
        self.conv3 = conv(inner, out)
        for i, width in (1, inner), (2, inner), (3, out):
            self.add_module(f"bn{i}", nn.BatchNorm2d(width))
            self.add_module(f"prelu{i}", act())
        self.prelu_out = act()

    def forward(self, x, places):
        y = self.prelu1(self.bn1(self.conv1(x)))
        y = self.prelu2(self.bn2(self.conv2(y)))
        y = self.prelu3(self.bn3(self.conv3(y)))
        if self.kind == "down":
            x, indices = max_pool2d(x, 2, return_indices=True)
            places.append(indices)
            x = pad(x, (0, 0, 0, 0, 0, self.more))
        elif self.kind == "up":
            x = max_unpool2d(self.bn_up(self.spatil_conv(x)), places.pop(), 2)
        return self.prelu_out(x + y)


class Unet(nn.Module):
    def __init__(self, channels, classes, width):
        super().__init__()
        widths = [width << i for i in range(5)]
        for i, out in enumerate(widths):
            name = f"down{i + 1}" if i < 4 else "middle"
            self.add_module(name, self.twice(widths[i - 1] if i else channels, out))
        for i in range(4):
            step = nn.Module()
            step.deconv = nn.ConvTranspose2d(widths[i + 1], widths[i], 2, 2)
            step.convs = self.twice(2 * widths[i], widths[i])
            self.add_module(f"up{i + 1}", step)
        self.classifier = nn.Conv2d(width, classes, 1)

    @staticmethod
    def twice(inside, out):
        module = nn.Sequential()
        for i, start in (1, inside), (2, out):
            module.add_module(f"conv{i}", conv(start, out, 3, bias=True))
            module.add_module(f"norm{i}", nn.BatchNorm2d(out))
            module.add_module(f"act{i}", nn.ReLU())
        return module

    def forward(self, x):
        skips = []
        for i in range(1, 5):
            skips.append(getattr(self, f"down{i}")(x))
            x = max_pool2d(skips[-1], 2, ceil_mode=True)
        x = self.middle(x)
        for i in range(4, 0, -1):
            step = getattr(self, f"up{i}")
            x = torch.cat([skips[i - 1], bilinear(step.deconv(x), skips[i - 1])], 1)
            x = step.convs(x)
        return self.classifier(x)


class Segnet(nn.Module):
    """With weights of its own in each layer, as the repaired version has it."""

    CONVS = 2, 2, 3, 3, 3

    def __init__(self, channels, classes, width):
        super().__init__()
        widths = [width << min(i, 3) for i in range(5)]
        self.encoder, self.decoder = nn.Module(), nn.Module()
        features, self.pools = [], []
        for i, count in enumerate(self.CONVS):
            for k in range(count):
                inside = widths[i] if k else widths[i - 1] if i else channels
                features += self.step(inside, widths[i])
            self.pools.append(len(features))
            features.append(nn.MaxPool2d(2, return_indices=True))
        self.encoder.features = nn.Sequential(*features)
        for i in range(4, -1, -1):
            layers = []
            for k in range(self.CONVS[i]):
                last = k == self.CONVS[i] - 1 and i > 0
                layers += self.step(widths[i], widths[i - 1] if last else widths[i])
            self.decoder.add_module(f"stage{5 - i}", nn.Sequential(*layers))
        self.classifier = conv(width, classes, 3, bias=True)

    @staticmethod
    def step(inside, out):
        return [conv(inside, out, 3, bias=True), nn.BatchNorm2d(out), nn.ReLU()]

    def forward(self, x):
        pooled = []
        for layer in self.encoder.features:
            if isinstance(layer, nn.MaxPool2d):
                size = x.shape
                x, indices = layer(x)
                pooled.append((indices, size))
            else:
                x = layer(x)
        for stage in self.decoder.children():
            indices, size = pooled.pop()
            x = stage(max_unpool2d(x, indices, 2, output_size=size))
        return self.classifier(x)


class Mirrored(nn.Module):
    """Undoes the first bottleneck of a stage: half the channels at twice the size, or a quarter at the same size."""

    def __init__(self, inside, doubles):
        super().__init__()
        inner, out = inside // 4, inside // 2 if doubles else inside // 4
        window = nn.ConvTranspose2d(inner, inner, 2, 2, bias=False) if doubles else conv(inner, inner, 3)
        shortcut = nn.ConvTranspose2d(inside, out, 2, 2, bias=False) if doubles else conv(inside, out)
        self.conv1, self.bn1 = conv(inside, inner), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = window, nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv(inner, out), nn.BatchNorm2d(out)
        self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(out))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        return torch.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class Segresnet(nn.Module):
    """ResNet-50, its stem's pool remembered, and its mirror image."""

    def __init__(self, classes):
        super().__init__()
        self.encoder, mirror = ResNet("resnet50"), ResNet("resnet50")
        stages = []
        for i, width in enumerate((2048, 1024, 512, 256)):
            blocks = list(getattr(mirror, f"layer{4 - i}"))[:0:-1]
            stages.append(nn.Sequential(*blocks, Mirrored(width, i < 3)))
        self.decoder = nn.Sequential(*stages)
        last = nn.ConvTranspose2d(64, 64, 2, 2, bias=False)
        self.last_conv = nn.Sequential(last, conv(64, classes, 3, bias=True))

    def forward(self, x):
        *_, x = values = self.encoder(x)
        indices = max_pool2d(values[0], 3, 2, 1, return_indices=True)[1]
        return self.last_conv(max_unpool2d(self.decoder(x), indices, 2))


class Fcn8s(nn.Module):
    def __init__(self, channels, classes, width):
        super().__init__()
        layers, self.pools = [], []
        for i, count in enumerate((2, 2, 3, 3, 3)):
            out = width << min(i, 3)
            for _ in range(count):
                layers += [conv(channels, out, 3, bias=True), nn.ReLU()]
                channels = out
            self.pools.append(len(layers))
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        layers[0].padding = 100, 100
        self.features = nn.Sequential(*layers)
        self.fc6, self.fc7 = nn.Conv2d(channels, 64 * width, 7), nn.Conv2d(64 * width, 64 * width, 1)
        self.score_fr = nn.Conv2d(64 * width, classes, 1)
        self.score_pool4 = nn.Conv2d(8 * width, classes, 1)
        self.score_pool3 = nn.Conv2d(4 * width, classes, 1)
        for name, factor in ("upscore2", 2), ("upscore_pool4", 2), ("upscore8", 8):
            deconv = nn.ConvTranspose2d(classes, classes, 2 * factor, factor, bias=False)
            self.add_module(name, deconv.requires_grad_(False))

    def forward(self, image):
        x, pooled = image, []
        for layer in self.features:
            x = layer(x)
            if isinstance(layer, nn.MaxPool2d):
                pooled.append(x)
        x = self.score_fr(torch.relu(self.fc7(torch.relu(self.fc6(x)))))
        x = self.upscore2(x)
        x = self.upscore_pool4(x + self.cut(self.score_pool4(0.01 * pooled[3]), 5, x))
        x = self.upscore8(x + self.cut(self.score_pool3(0.0001 * pooled[2]), 9, x))
        return self.cut(x, 31, image)

    @staticmethod
    def cut(x, start, like):
        return x[:, :, start : start + like.shape[2], start : start + like.shape[3]]


class Gcn(nn.Module):
    def __init__(self, encoder, classes, kernel=11, deconv=False):
        super().__init__()
        self.encoder = encoder
        for i in range(1, 5):
            self.add_module(f"gcn{i}", GlobalConv(encoder.channels[i], classes, kernel))
        for i in range(1, 10):
            refine = nn.Module()
            refine.conv1, refine.conv2 = (conv(classes, classes, 3, bias=True) for _ in range(2))
            self.add_module(f"br{i}", refine)
        if deconv:
            for i in range(1, 6):
                enlarge = nn.ConvTranspose2d(classes, classes, 3, 2, 1, 1, bias=False)
                self.add_module(f"decon{i}", enlarge)
        self.final_conv = nn.Conv2d(classes, classes, 1)

    def refined(self, number, x):
        layers = getattr(self, f"br{number}")
        return x + layers.conv2(torch.relu(layers.conv1(x)))

    def enlarged(self, number, x, like):
        return getattr(self, f"decon{number}")(x) if hasattr(self, "decon1") else bilinear(x, like)

    def forward(self, image):
        stem, *values = self.encoder(image)
        maps = [self.refined(i, getattr(self, f"gcn{i}")(x)) for i, x in enumerate(values, 1)]
        x = maps.pop()
        for number, refine in (4, 5), (3, 6), (2, 7):
            finer = maps.pop()
            x = self.refined(refine, finer + self.enlarged(number, x, finer))
        x = self.refined(8, self.enlarged(1, x, stem))
        return self.final_conv(self.refined(9, self.enlarged(5, x, image)))


class GlobalConv(nn.Module):
    def __init__(self, inside, out, k):
        super().__init__()
        column, row = {"padding": (k // 2, 0)}, {"padding": (0, k // 2)}
        self.conv11, self.conv12 = nn.Conv2d(inside, out, (k, 1), **column), nn.Conv2d(out, out, (1, k), **row)
        self.conv21, self.conv22 = nn.Conv2d(inside, out, (1, k), **row), nn.Conv2d(out, out, (k, 1), **column)

    def forward(self, x):
        return self.conv12(self.conv11(x)) + self.conv22(self.conv21(x))


class PyramidPool(nn.Module):
    def __init__(self, inside, bins, out):
        super().__init__()
        each = inside // len(bins)
        self.stages = nn.ModuleList(nn.Sequential(nn.AdaptiveAvgPool2d(n), *conv_norm_relu(inside, each)) for n in bins)
        self.bottleneck = conv_norm_relu(inside + each * len(bins), out, 3)

    def forward(self, x):
        return self.bottleneck(torch.cat([x] + [bilinear(stage(x), x) for stage in self.stages], 1))


class Pspnet(nn.Module):
    """Without its second head, which only training reads."""

    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder = encoder
        last = encoder.channels[-1]
        head = nn.Conv2d(last // 4, classes, 1)
        self.master_branch = nn.Sequential(PyramidPool(last, (1, 2, 3, 6), last // 4), head)

    def forward(self, x):
        return bilinear(self.master_branch(self.encoder(x)[-1]), x, False)


class Upernet(nn.Module):
    """Sums run from the coarsest scale down, as published; the toolbox adds only the next coarser scale to each."""

    def __init__(self, encoder, classes, width):
        super().__init__()
        self.encoder = encoder
        _, *widths = encoder.channels
        self.PPN = PyramidPool(widths[-1], (1, 2, 4, 6), widths[-1])
        self.FPN = nn.Module()
        self.FPN.conv1x1 = nn.ModuleList(nn.Conv2d(n, width, 1) for n in widths[1:])
        self.FPN.smooth_conv = nn.ModuleList([conv(width, width, 3, bias=True)])
        self.FPN.conv_fusion = conv_norm_relu(4 * width, width, 3)
        self.head = conv(width, classes, 3, bias=True)

    def forward(self, image):
        _, *values = self.encoder(image)
        values[-1] = self.PPN(values[-1])
        values[1:] = [narrow(x) for narrow, x in zip(self.FPN.conv1x1, values[1:])]
        for i in (2, 1, 0):
            values[i] = values[i] + bilinear(values[i + 1], values[i])
        values[:3] = [self.FPN.smooth_conv[0](x) for x in values[:3]]
        x = self.FPN.conv_fusion(torch.cat([bilinear(x, values[0]) for x in values], 1))
        return bilinear(self.head(x), image, False)


class AtrousPyramid(nn.Module):
    def __init__(self, inside, dilations, out):
        super().__init__()
        self.branches = len(dilations) + 1
        self.aspp1 = conv_norm_relu(inside, out)
        for i, dilation in enumerate(dilations, 2):
            self.add_module(f"aspp{i}", conv_norm_relu(inside, out, 3, dilation=dilation))
        self.avg_pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), *conv_norm_relu(inside, out))
        self.conv1, self.bn1 = conv((self.branches + 1) * out, out), nn.BatchNorm2d(out)

    def forward(self, x):
        seen = [getattr(self, f"aspp{i + 1}")(x) for i in range(self.branches)]
        x = torch.cat(seen + [bilinear(self.avg_pool(x), x)], 1)
        return torch.relu(self.bn1(self.conv1(x)))


class DeeplabDecoder(nn.Module):
    def __init__(self, low, width, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(low, 48), nn.BatchNorm2d(48)
        convs = *conv_norm_relu(48 + width, width, 3), *conv_norm_relu(width, width, 3)
        self.output = nn.Sequential(*convs, nn.Dropout(0.1), nn.Conv2d(width, classes, 1))

    def forward(self, low, x):
        return self.output(torch.cat([torch.relu(self.bn1(self.conv1(low))), x], 1))


class Deeplab(nn.Module):
    def __init__(self, encoder, classes, stride, width):
        super().__init__()
        self.encoder, self.low = encoder, 0 if len(encoder.channels) == 2 else 1
        dilations = (12, 24, 36) if stride == 8 else (6, 12, 18)
        self.ASSP = AtrousPyramid(encoder.channels[-1], dilations, width)
        self.decoder = DeeplabDecoder(encoder.channels[self.low], width, classes)

    def forward(self, image):
        values = self.encoder(image)
        low = values[self.low]
        return bilinear(self.decoder(low, bilinear(self.ASSP(values[-1]), low)), image)


class DenseUpsampling(nn.Module):
    def __init__(self, inside, out, factor):
        super().__init__()
        self.conv, self.bn = conv(inside, out * factor**2), nn.BatchNorm2d(out * factor**2)
        self.factor = factor

    def forward(self, x):
        return nn.functional.pixel_shuffle(torch.relu(self.bn(self.conv(x))), self.factor)


class DucHdc(nn.Module):
    """Over ResNet-101."""

    def __init__(self, classes, width):
        super().__init__()
        self.encoder = ResNet("resnet101")
        dilate(self.encoder.layer3, [1, 2, 3] * 7 + [2, 2])
        dilate(self.encoder.layer4, [3, 4, 5])
        self.ASSP = AtrousPyramid(2048, (6, 12, 18, 24, 36), width)
        self.decoder = DeeplabDecoder(256, width, classes)
        self.decoder.DUC = DenseUpsampling(width, width, 2)
        self.DUC_out = DenseUpsampling(classes, classes, 4)

    def forward(self, x):
        _, low, *_, x = self.encoder(x)
        return self.DUC_out(self.decoder(low, self.decoder.DUC(self.ASSP(x))))
