"""Networks of contests' authors and of papers, which no package holds: written anew from what they are known to be.
Layers are called as in ours; encoders as their publishers call them, below "encoder".
"""

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, leaky_relu, max_pool2d, relu6

from backbones import conv, conv_norm_relu
from toolbox import bilinear


class NormPrelu(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.act = nn.BatchNorm2d(width, eps=1e-3), nn.PReLU(width)

    def forward(self, x):
        return self.act(self.norm(x))


class ConvNormPrelu(NormPrelu):
    def __init__(self, inside, out, kernel=3, **options):
        super().__init__(out)
        self.conv = nn.Conv2d(inside, out, kernel, bias=False, **options)

    def forward(self, x):
        return super().forward(self.conv(x))


class DabModule(nn.Module):
    def __init__(self, width, dilation):
        super().__init__()
        half = width // 2
        self.pre, self.post = NormPrelu(width), NormPrelu(half)
        self.reduce = ConvNormPrelu(width, half, padding=1)
        self.local, self.wide = self.lines(half, 1), self.lines(half, dilation)
        self.expand = conv(half, width)

    @staticmethod
    def lines(width, d):
        lines = nn.Sequential()
        for name, kernel, step in ("vertical", (3, 1), (d, 0)), ("horizontal", (1, 3), (0, d)):
            dilation = tuple(max(1, n) for n in step)
            line = ConvNormPrelu(width, width, kernel, padding=step, dilation=dilation, groups=width)
            lines.add_module(name, line)
        return lines

    def forward(self, x):
        y = self.reduce(self.pre(x))
        return x + self.expand(self.post(self.local(y) + self.wide(y)))


class DabDown(NormPrelu):
    def __init__(self, inside, out):
        super().__init__(out)
        self.pools = inside < out
        self.conv = conv(inside, out - inside if self.pools else out, 3, 2)

    def forward(self, x):
        y = self.conv(x)
        return super().forward(torch.cat([y, max_pool2d(x, 2)], 1) if self.pools else y)


class Dabnet(nn.Module):
    def __init__(self, channels, classes, width, modules=(3, 6)):
        super().__init__()
        first = ConvNormPrelu(channels, width, stride=2, padding=1)
        self.init = nn.Sequential(first, *(ConvNormPrelu(width, width, padding=1) for _ in range(2)))
        self.cat0 = NormPrelu(width + channels)
        self.down1 = DabDown(width + channels, 2 * width)
        self.block1 = nn.Sequential(*(DabModule(2 * width, 2) for _ in range(modules[0])))
        self.cat1 = NormPrelu(4 * width + channels)
        self.down2 = DabDown(4 * width + channels, 4 * width)
        dilations = (4, 4, 8, 8, 16, 16)[: modules[1]]
        self.block2 = nn.Sequential(*(DabModule(4 * width, d) for d in dilations))
        self.cat2 = NormPrelu(8 * width + channels)
        self.classifier = conv(8 * width + channels, classes)

    def forward(self, image):
        seen = [image]
        for _ in range(3):
            seen.append(avg_pool2d(seen[-1], 3, 2, 1))
        x = self.down1(self.cat0(torch.cat([self.init(image), seen[1]], 1)))
        x = self.down2(self.cat1(torch.cat([self.block1(x), x, seen[2]], 1)))
        x = self.cat2(torch.cat([self.block2(x), x, seen[3]], 1))
        return bilinear(self.classifier(x), image, False)


class RitBlock(nn.Module):
    """Steps of a 3x3 conv, or of one behind a 1x1 conv; each reads all before it, side by side."""

    DOWN = ("conv1",), ("conv21", "conv22"), ("conv31", "conv32")
    UP = ("conv11", "conv12"), ("conv21", "conv22")

    def __init__(self, inside, width, steps):
        super().__init__()
        self.steps = steps
        for *narrow, last in steps:
            if narrow:
                self.add_module(narrow[0], conv(inside, width, bias=True))
            self.add_module(last, conv(width if narrow else inside, width, 3, bias=True))
            inside += width
        self.bn = nn.BatchNorm2d(width) if steps is self.DOWN else nn.Identity()

    def forward(self, x):
        for names in self.steps:
            y = x
            for name in names:
                y = getattr(self, name)(y)
            y = leaky_relu(y, 0.01)
            x = torch.cat([x, y], 1)
        return self.bn(y)


class Ritnet(nn.Module):
    def __init__(self, channels, classes, width=32):
        super().__init__()
        for i in range(1, 6):
            block = RitBlock(channels if i == 1 else width, width, RitBlock.DOWN)
            self.add_module(f"down_block{i}", block)
        for i in range(1, 5):
            self.add_module(f"up_block{i}", RitBlock(2 * width, width, RitBlock.UP))
        self.out_conv1 = conv(width, classes, bias=True)

    def forward(self, x):
        skips = []
        for i in range(1, 6):
            skips.append(getattr(self, f"down_block{i}")(x))
            x = avg_pool2d(skips[-1], 2) if i < 5 else skips.pop()
        for i in range(1, 5):
            up = interpolate(x, scale_factor=2, mode="nearest")
            x = getattr(self, f"up_block{i}")(torch.cat([up, skips.pop()], 1))
        return self.out_conv1(x)


class InvertedResidual(nn.Module):
    def __init__(self, inside, out, expansion, stride):
        super().__init__()
        inner, layers = inside * expansion, []
        if expansion > 1:
            layers.append(nn.Sequential(conv(inside, inner), nn.BatchNorm2d(inner), nn.ReLU6()))
        depthwise = conv(inner, inner, 3, stride, groups=inner)
        layers.append(nn.Sequential(depthwise, nn.BatchNorm2d(inner), nn.ReLU6()))
        self.conv = nn.Sequential(*layers, conv(inner, out), nn.BatchNorm2d(out))
        self.adds = stride == 1 and inside == out

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2Cs(nn.Module):
    """Sees the image at half its size."""

    def __init__(self, channels, classes):
        super().__init__()
        first = nn.Sequential(conv(channels, 32, 3, 2), nn.BatchNorm2d(32), nn.ReLU6())
        layers, inside = [first], 32
        for expansion, out, count, stride in (1, 16, 2, 1), (6, 24, 3, 2), (6, 32, 4, 2):
            for i in range(count):
                layers.append(InvertedResidual(inside, out, expansion, stride if i == 0 else 1))
                inside = out
        self.features = nn.Sequential(*layers, conv_norm_relu(inside, 64, 3))
        up = nn.Upsample(scale_factor=4, mode="bilinear", align_corners=False)
        self.segm_part1 = nn.Sequential(conv_norm_relu(64, 64), up)
        seen = [conv_norm_relu(n, classes, 3) for n in (64, classes, classes)]
        self.conv_up_part1 = nn.Sequential(*seen, up)
        self.up_part1 = nn.Sequential(conv_norm_relu(64, classes), up, ClassGate(classes))

    def forward(self, image):
        x = self.segm_part1(self.features(avg_pool2d(image, 2)))
        return self.conv_up_part1(x) + self.up_part1(x)


class ClassGate(nn.Module):
    def __init__(self, classes):
        super().__init__()
        narrow, wide = conv(classes, max(1, classes // 4)), conv(max(1, classes // 4), classes)
        self.fc = nn.Sequential(narrow, nn.ReLU(), wide)

    def forward(self, x):
        return x * relu6(self.fc(x.mean((2, 3), keepdim=True)) + 3) / 6


class Gates(nn.Module):
    """scSE: of channels and of pixels."""

    def __init__(self, width, sums):
        super().__init__()
        self.sums, inner = sums, max(1, width // (16 if sums else 2))
        self.fc1, self.fc2 = nn.Conv2d(width, inner, 1), nn.Conv2d(inner, width, 1)
        self.spatial_se = nn.Sequential(conv(width, 1), nn.Sigmoid())

    def forward(self, x):
        weights = torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True)))))
        channels, pixels = x * weights, x * self.spatial_se(x)
        return channels + pixels if self.sums else torch.cat([channels, pixels], 1)


class ScseUnet(nn.Module):
    def __init__(self, encoder, classes, gates, widths, last=32):
        super().__init__()
        self.encoder = encoder
        *skips, inside = encoder.channels
        steps, stages = [], {}
        for level in (3, 2, 1, 0):
            width = widths[level]
            stages[level] = self.enlarging(inside, width)
            step = nn.Module()
            join = [conv(width + skips[level], width, 3, bias=True), nn.ReLU()]
            step.seq = nn.Sequential(*join, *([Gates(width, gates == "sum")] if gates != "none" else []))
            steps.append(step)
            inside = 2 * width if gates == "concat" else width
        self.bottlenecks = nn.ModuleList(steps)
        self.decoder_stages = nn.ModuleList(stages[level] for level in range(4))
        if gates != "none":
            self.last_upsample = self.enlarging(inside, last)
        self.final = nn.Sequential(nn.Conv2d(last if gates != "none" else inside, classes, 1))

    @staticmethod
    def enlarging(inside, out):
        module = nn.Module()
        module.layer = nn.Sequential(nn.Upsample(scale_factor=2), conv(inside, out, 3, bias=True), nn.ReLU())
        return module

    def forward(self, image):
        *skips, x = self.encoder(image)
        for i in range(4):
            x = torch.cat([self.decoder_stages[3 - i].layer(x), skips[3 - i]], 1)
            x = self.bottlenecks[i].seq(x)
        x = self.last_upsample.layer(x) if hasattr(self, "last_upsample") else bilinear(x, image)
        return self.final(x)


class ConvRelu(nn.Module):
    def __init__(self, inside, out):
        super().__init__()
        self.conv = conv(inside, out, 3, bias=True)

    def forward(self, x):
        return torch.relu(self.conv(x))


class TernausBlock(nn.Module):
    """Twice the size. `up`: nearest, bilinear, or a kernel of a transposed conv."""

    def __init__(self, inside, middle, out, up):
        super().__init__()
        if up in (3, 4):
            deconv = nn.ConvTranspose2d(middle, out, up, 2, 1, output_padding=4 - up)
            self.block = nn.Sequential(ConvRelu(inside, middle), deconv, nn.ReLU())
        else:
            corners = None if up == "nearest" else False
            enlarge = nn.Upsample(scale_factor=2, mode=up, align_corners=corners)
            self.block = nn.Sequential(enlarge, ConvRelu(inside, middle), ConvRelu(middle, out))

    def forward(self, x):
        return self.block(x)


class Ternausnet(nn.Module):
    """`shape`: of the decoder's blocks, coarsest first, channels inside and behind, by the width at full size."""

    def __init__(self, encoder, classes, shape, width, up):
        super().__init__()
        self.encoder = encoder
        *skips, inside = encoder.channels
        for i, (middle, out) in enumerate(shape):
            name = "center" if i == 0 else f"dec{6 - i}"
            self.add_module(name, TernausBlock(inside, middle * width, out * width, up))
            inside = out * width + skips[-1 - i]
        self.dec1 = ConvRelu(inside, width)
        self.final = nn.Conv2d(width, classes, 1)

    def forward(self, image):
        *skips, x = self.encoder(image)
        for name in ("center", "dec5", "dec4", "dec3", "dec2"):
            x = torch.cat([getattr(self, name)(x), skips.pop()], 1)
        return self.final(self.dec1(x))


class Albunet(nn.Module):
    def __init__(self, encoder, classes, width, up):
        super().__init__()
        self.encoder, n = encoder, width
        _, e1, e2, e3, e4 = encoder.channels
        self.center = TernausBlock(e4, 16 * n, 8 * n, up)
        self.dec5 = TernausBlock(8 * n + e4, 16 * n, 8 * n, up)
        self.dec4 = TernausBlock(8 * n + e3, 16 * n, 8 * n, up)
        self.dec3 = TernausBlock(8 * n + e2, 8 * n, 2 * n, up)
        self.dec2 = TernausBlock(2 * n + e1, 4 * n, 4 * n, up)
        self.dec1 = TernausBlock(4 * n, 4 * n, n, up)
        self.dec0, self.final = ConvRelu(n, n), nn.Conv2d(n, classes, 1)

    def forward(self, image):
        _, e1, e2, e3, e4 = self.encoder(image)
        x = self.center(max_pool2d(e4, 2))
        for block, skip in (self.dec5, e4), (self.dec4, e3), (self.dec3, e2), (self.dec2, e1):
            x = block(torch.cat([x, skip], 1))
        return self.final(self.dec0(self.dec1(x)))


class Linknet(nn.Module):
    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder = encoder
        channels = encoder.channels
        for i in range(4, 0, -1):
            out = channels[i - 1]
            inner = channels[i] // 4
            block = nn.Module()
            block.conv1, block.norm1 = nn.Conv2d(channels[i], inner, 1), nn.BatchNorm2d(inner)
            block.deconv2, block.norm2 = nn.ConvTranspose2d(inner, inner, 4, 2, 1), nn.BatchNorm2d(inner)
            block.conv3, block.norm3 = nn.Conv2d(inner, out, 1), nn.BatchNorm2d(out)
            self.add_module(f"decoder{i}", block)
        self.finaldeconv1 = nn.ConvTranspose2d(64, 32, 3, 2)
        self.finalconv2, self.finalconv3 = nn.Conv2d(32, 32, 3), nn.Conv2d(32, classes, 2, padding=1)

    def decode(self, number, x):
        block = getattr(self, f"decoder{number}")
        x = torch.relu(block.norm1(block.conv1(x)))
        x = torch.relu(block.norm2(block.deconv2(x)))
        return torch.relu(block.norm3(block.conv3(x)))

    def forward(self, image):
        _, e1, e2, e3, x = self.encoder(image)
        for number, skip in (4, e3), (3, e2), (2, e1):
            x = self.decode(number, x) + skip
        x = torch.relu(self.finaldeconv1(self.decode(1, x)))
        return self.finalconv3(torch.relu(self.finalconv2(x)))
