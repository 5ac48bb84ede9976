"""Networks of Limbus as plain PyTorch modules, parameter for parameter: what train_bench.py trains beside limbus."""
import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, kernel, **options):
    return nn.Conv2d(inputs, outputs, kernel, bias=options.pop('bias', False), **options)


def conv_norm(inputs, outputs, kernel, **options):
    return nn.Sequential(conv(inputs, outputs, kernel, **options), nn.BatchNorm2d(outputs))


def conv_norm_relu(inputs, outputs, kernel, **options):
    return nn.Sequential(*conv_norm(inputs, outputs, kernel, **options), nn.ReLU(inplace=True))


def enlarged(x, like):
    return F.interpolate(x, size=like.shape[2:], mode='bilinear', align_corners=False)


class NormAct(nn.Sequential):
    def __init__(self, channels):
        super().__init__(nn.BatchNorm2d(channels, eps=1e-3), nn.PReLU(channels))


class Dab(nn.Module):
    def __init__(self, n, dilation):
        super().__init__()
        self.reduce = nn.Sequential(NormAct(n), conv(n, n // 2, 3, padding=1), NormAct(n // 2))
        self.local, self.wide = self.branch(n // 2, 1), self.branch(n // 2, dilation)
        self.expand = nn.Sequential(NormAct(n // 2), conv(n // 2, n, 1))

    @staticmethod
    def branch(n, d):
        return nn.Sequential(
            conv(n, n, (3, 1), padding=(d, 0), dilation=(d, 1), groups=n), NormAct(n),
            conv(n, n, (1, 3), padding=(0, d), dilation=(1, d), groups=n), NormAct(n))

    def forward(self, x):
        y = self.reduce(x)
        return x + self.expand(self.local(y) + self.wide(y))


class DabDown(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.pool = inputs < outputs
        self.conv = conv(inputs, outputs - inputs if self.pool else outputs, 3, stride=2, padding=1)
        self.act = NormAct(outputs)

    def forward(self, x):
        y = self.conv(x)
        return self.act(torch.cat([y, F.max_pool2d(x, 2, ceil_mode=True)], 1) if self.pool else y)


class DabNet(nn.Module):
    """Li, Yun, Kim, Kim, "DABNet", BMVC 2019, narrowed to width 18."""

    def __init__(self, channels, classes, width=18, dilations=((2, 2, 2), (4, 4, 8, 8, 16, 16))):
        super().__init__()
        w = width
        self.init = nn.Sequential(
            conv(channels, w, 3, stride=2, padding=1), NormAct(w), conv(w, w, 3, padding=1), NormAct(w),
            conv(w, w, 3, padding=1), NormAct(w))
        self.join0, self.join1, self.join2 = (NormAct(n * w + channels) for n in (1, 4, 8))
        self.down1, self.down2 = DabDown(w + channels, 2 * w), DabDown(4 * w + channels, 4 * w)
        self.block1 = nn.Sequential(*[Dab(2 * w, d) for d in dilations[0]])
        self.block2 = nn.Sequential(*[Dab(4 * w, d) for d in dilations[1]])
        self.classifier = conv(8 * w + channels, classes, 1)

    def forward(self, image):
        half = F.avg_pool2d(image, 3, 2, 1)
        quarter = F.avg_pool2d(half, 3, 2, 1)
        eighth = F.avg_pool2d(quarter, 3, 2, 1)
        x = self.down1(self.join0(torch.cat([self.init(image), half], 1)))
        x = self.down2(self.join1(torch.cat([self.block1(x), x, quarter], 1)))
        return enlarged(self.classifier(self.join2(torch.cat([self.block2(x), x, eighth], 1))), image)


class Separable(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.residual = stride == 1 and inputs == outputs
        self.convs = nn.Sequential(
            *conv_norm_relu(inputs, inputs, 3, stride=stride, padding=1, groups=inputs),
            *conv_norm(inputs, outputs, 1))

    def forward(self, x):
        y = self.convs(x)
        return F.relu(y + x if self.residual else y)


class EyeJoin(nn.Module):
    def __init__(self, coarse, fine, outputs):
        super().__init__()
        self.narrow = conv_norm(coarse, outputs, 1) if coarse != outputs else nn.Identity()
        self.lateral = conv_norm(fine, outputs, 1)
        self.refine = Separable(outputs, outputs)

    def forward(self, coarse, fine):
        return self.refine(F.relu(enlarged(self.narrow(coarse), fine) + self.lateral(fine)))


class EyeS(nn.Module):
    """Limbus's own small network for eyes."""

    def __init__(self, channels, classes, width=8):
        super().__init__()
        w = width
        self.stem = conv_norm_relu(channels, 2 * w, 3, stride=2, padding=1)
        stages, inputs = [], 2 * w
        for widths, blocks in ((3, 2), (5, 2), (8, 3), (9, 2)):
            n = widths * w
            stages.append(nn.Sequential(Separable(inputs, n, 2), *[Separable(n, n) for _ in range(blocks)]))
            inputs = n
        self.stages = nn.ModuleList(stages)
        self.join4, self.join3 = EyeJoin(9 * w, 8 * w, 4 * w), EyeJoin(4 * w, 5 * w, 4 * w)
        self.join2 = EyeJoin(4 * w, 3 * w, 3 * w)
        self.classifier = nn.ConvTranspose2d(3 * w, classes, 2, stride=2)

    def forward(self, image):
        x, features = self.stem(image), []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        x = self.join3(self.join4(x, features[2]), features[1])
        return enlarged(self.classifier(self.join2(x, features[0])), image)


class EnetBlock(nn.Module):
    """kind: plain, asymmetric, down or up. The encoder's activations are PReLUs, the decoder's ReLUs."""

    def __init__(self, inputs, outputs, dropout, kind='plain', dilation=1, prelu=True):
        super().__init__()
        n, act = inputs // 4, (lambda: nn.PReLU()) if prelu else (lambda: nn.ReLU(inplace=True))
        self.kind, self.extra = kind, outputs - inputs
        if kind == 'asymmetric':
            middle = [*conv_norm(n, n, (1, 5), padding=(0, 2), bias=True), act(),
                      conv(n, n, (5, 1), padding=(2, 0), bias=True)]
        elif kind == 'up':
            middle = [nn.ConvTranspose2d(n, n, 3, stride=2, padding=1, output_padding=1, bias=False)]
        else:
            middle = [conv(n, n, 3, padding=dilation, dilation=dilation)]
        stride = 2 if kind == 'down' else 1
        self.before = nn.Sequential(*conv_norm(inputs, n, stride, stride=stride), act(), *middle)
        self.after = nn.Sequential(nn.BatchNorm2d(n), act(), *conv_norm(n, outputs, 1), act(), nn.Dropout2d(dropout))
        self.skip = conv_norm(inputs, outputs, 1) if kind == 'up' else None
        self.act = act()

    def forward(self, x, pooled=None):
        y, indices = self.before(x), None
        if self.kind == 'down':
            size = x.shape
            x, indices = F.max_pool2d(x, 2, return_indices=True)
            x = F.pad(x, (0, 0, 0, 0, 0, self.extra))
        elif self.kind == 'up':
            x = F.max_unpool2d(self.skip(x), pooled[0], 2, output_size=pooled[1][2:])
            if y.shape[2:] != x.shape[2:]:
                y = F.interpolate(y, size=x.shape[2:])
        x = self.act(self.after(y) + x)
        return (x, (indices, size)) if self.kind == 'down' else x


class Enet(nn.Module):
    """Paszke, Chaurasia, Kim, Culurciello, "ENet", 2016, with the layers of yassouali/pytorch-segmentation."""

    def __init__(self, channels, classes, width=16):
        super().__init__()
        half, quarter, eighth = width, 4 * width, 8 * width
        self.initial = conv(channels, half - channels, 3, stride=2, padding=1, bias=True)
        self.initial_act = nn.Sequential(nn.BatchNorm2d(half), nn.PReLU(half))
        self.down1 = EnetBlock(half, quarter, 0.01, 'down')
        self.stage1 = nn.Sequential(*[EnetBlock(quarter, quarter, 0.01) for _ in range(4)])
        self.down2 = EnetBlock(quarter, eighth, 0.1, 'down')
        self.wide = nn.Sequential(*[
            EnetBlock(eighth, eighth, 0.1, 'plain' if d else 'asymmetric', d or 1)
            for d in 2 * (1, 2, 0, 4, 1, 8, 0, 16)])
        self.up4 = EnetBlock(eighth, quarter, 0.1, 'up', prelu=False)
        self.stage4 = nn.Sequential(*[EnetBlock(quarter, quarter, 0.1, prelu=False) for _ in range(2)])
        self.up5 = EnetBlock(quarter, half, 0.1, 'up', prelu=False)
        self.stage5 = EnetBlock(half, half, 0.1, prelu=False)
        self.classifier = nn.ConvTranspose2d(half, classes, 3, stride=2, padding=1, output_padding=1, bias=False)

    def forward(self, image):
        x = self.initial_act(torch.cat([F.max_pool2d(image, 2, ceil_mode=True), self.initial(image)], 1))
        x, fine = self.down1(x)
        x, coarse = self.down2(self.stage1(x))
        x = self.stage4(self.up4(self.wide(x), coarse))
        x = self.classifier(self.stage5(self.up5(x, fine)))
        return x[:, :, :image.shape[2], :image.shape[3]]


class Basic(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.convs = nn.Sequential(*conv_norm_relu(inputs, outputs, 3, stride=stride, padding=1),
                                   *conv_norm(outputs, outputs, 3, padding=1))
        same = stride == 1 and inputs == outputs
        self.skip = nn.Identity() if same else conv_norm(inputs, outputs, 1, stride=stride)

    def forward(self, x):
        return F.relu(self.convs(x) + self.skip(x))


class UnetResnet34(nn.Module):
    """The U-Net of segmentation_models.pytorch over ResNet-34 (He et al., CVPR 2016)."""

    def __init__(self, channels, classes):
        super().__init__()
        self.stem = conv_norm_relu(channels, 64, 7, stride=2, padding=3)
        stages, inputs = [], 64
        for n, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
            stages.append(nn.Sequential(Basic(inputs, n, stride), *[Basic(n, n, 1) for _ in range(blocks - 1)]))
            inputs = n
        self.stages, decoder = nn.ModuleList(stages), []
        for skip, n in ((256, 256), (128, 128), (64, 64), (64, 32), (0, 16)):
            decoder.append(nn.Sequential(*conv_norm_relu(inputs + skip, n, 3, padding=1),
                                         *conv_norm_relu(n, n, 3, padding=1)))
            inputs = n
        self.decoder = nn.ModuleList(decoder)
        self.head = nn.Conv2d(16, classes, 3, padding=1)

    def forward(self, image):
        features = [image, self.stem(image)]
        x = F.max_pool2d(features[1], 3, 2, 1)
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        features.pop()
        for block in self.decoder:
            skip = features.pop()
            x = F.interpolate(x, size=skip.shape[2:])
            x = block(torch.cat([x, skip], 1) if features else x)
        return self.head(x)


# By the name on the command line: the module, and how limbus calls the network.
PEERS = {
    'eye-s': (EyeS, {'name': 'eye-s'}),
    'dabnet18': (DabNet, {'name': 'dabnet', 'width': 18}),
    'enet': (Enet, {'name': 'enet'}),
    'unet-resnet34': (UnetResnet34, {'name': 'smp-unet', 'encoder': 'resnet34'}),
}
