#!/usr/bin/python3
"""A training step of DABNet-18 (batch 8, 320x200, CPU): limbus against Python PyTorch in the same run.

  tests/bench/train_step_bench.py LIMBUS [--rounds 3] [--steps 16]

LIMBUS is the built command line. Of Debian, python3-torch is the version that libtorch-dev has. Both
sides train the same network on images of one size with cross-entropy and AdamW, in turn, round by
round; Python's batch lies ready in memory, limbus also loads. Set-up is left out: of each side the
time of the first quarter of the steps is subtracted. Prints seconds per step and their ratio.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

BATCH, HEIGHT, WIDTH, CLASSES = 8, 200, 320, 4
CHANNELS, BLOCKS = 18, ((2, 2, 2), (4, 4, 8, 8, 16, 16))


class NormAct(nn.Sequential):
    def __init__(self, channels):
        super().__init__(nn.BatchNorm2d(channels, eps=1e-3), nn.PReLU(channels))


def conv(inputs, outputs, kernel, **options):
    return nn.Conv2d(inputs, outputs, kernel, bias=False, **options)


def branch(n, d):
    return nn.Sequential(
        conv(n, n, (3, 1), padding=(d, 0), dilation=(d, 1), groups=n), NormAct(n),
        conv(n, n, (1, 3), padding=(0, d), dilation=(1, d), groups=n), NormAct(n))


class Dab(nn.Module):
    def __init__(self, n, dilation):
        super().__init__()
        self.reduce = nn.Sequential(NormAct(n), conv(n, n // 2, 3, padding=1), NormAct(n // 2))
        self.local, self.wide = branch(n // 2, 1), branch(n // 2, dilation)
        self.expand = nn.Sequential(NormAct(n // 2), conv(n // 2, n, 1))

    def forward(self, x):
        y = self.reduce(x)
        return x + self.expand(self.local(y) + self.wide(y))


class Down(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.pool = inputs < outputs
        self.conv = conv(inputs, outputs - inputs if self.pool else outputs, 3, stride=2, padding=1)
        self.act = NormAct(outputs)

    def forward(self, x):
        y = self.conv(x)
        return self.act(torch.cat([y, F.max_pool2d(x, 2, ceil_mode=True)], 1) if self.pool else y)


class DabNet(nn.Module):
    """Li, Yun, Kim, Kim, "DABNet", BMVC 2019, narrowed to CHANNELS."""

    def __init__(self):
        super().__init__()
        w = CHANNELS
        self.init = nn.Sequential(
            conv(1, w, 3, stride=2, padding=1), NormAct(w), conv(w, w, 3, padding=1), NormAct(w),
            conv(w, w, 3, padding=1), NormAct(w))
        self.join0, self.join1, self.join2 = NormAct(w + 1), NormAct(4 * w + 1), NormAct(8 * w + 1)
        self.down1, self.down2 = Down(w + 1, 2 * w), Down(4 * w + 1, 4 * w)
        self.block1 = nn.Sequential(*[Dab(2 * w, d) for d in BLOCKS[0]])
        self.block2 = nn.Sequential(*[Dab(4 * w, d) for d in BLOCKS[1]])
        self.classifier = conv(8 * w + 1, CLASSES, 1)

    def forward(self, image):
        half = F.avg_pool2d(image, 3, 2, 1)
        quarter = F.avg_pool2d(half, 3, 2, 1)
        eighth = F.avg_pool2d(quarter, 3, 2, 1)
        x = self.down1(self.join0(torch.cat([self.init(image), half], 1)))
        x = self.down2(self.join1(torch.cat([self.block1(x), x, quarter], 1)))
        x = self.classifier(self.join2(torch.cat([self.block2(x), x, eighth], 1)))
        return F.interpolate(x, size=image.shape[2:], mode='bilinear', align_corners=False)


def python_seconds(steps):
    torch.manual_seed(1)
    torch.set_num_threads(os.cpu_count())  # as limbus does
    net = DabNet().train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4)
    images = torch.randn(BATCH, 1, HEIGHT, WIDTH)
    labels = torch.randint(CLASSES, (BATCH, HEIGHT, WIDTH))
    first = steps // 4
    for step in range(steps):
        if step == first:
            start = time.monotonic()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(images), labels).backward()
        optimizer.step()
    return (time.monotonic() - start) / (steps - first)


def limbus_seconds(limbus, folder, steps):
    recipe = Path(__file__).resolve().parents[2] / 'models/recipes/openeds2019-dabnet18.json'

    def run(count):
        subprocess.run(
            [limbus, 'train', recipe, '--data', folder / 'eyes', '--out', folder / 'run', '--force', '--quiet',
             '--device', 'cpu', '--steps', str(count), '--set', 'epochs=1', '--set', f'batch={BATCH}',
             '--set', f'input.width={WIDTH}', '--set', f'input.height={HEIGHT}', '--set', 'augment=[]',
             '--set', 'loss={"name":"ce"}'], check=True, stdout=subprocess.DEVNULL)
        return json.loads((folder / 'run/log.jsonl').read_text().splitlines()[-1])['trainSeconds']

    first = steps // 4
    return (run(steps) - run(first)) / (steps - first)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('limbus')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--steps', type=int, default=16)
    arguments = parser.parse_args()
    learned = sum(p.numel() for p in DabNet().parameters())
    if learned != 242662:
        sys.exit(f'the peer has {learned} parameters, DABNet-18 has 242662')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([arguments.limbus, 'synth', '--count', str(arguments.steps * BATCH * 5 // 4 + 10), '--size',
                        f'{WIDTH}x{HEIGHT}', '--out', folder / 'eyes'], check=True, stdout=subprocess.DEVNULL)
        ours, theirs = [], []
        for number in range(arguments.rounds):
            theirs.append(python_seconds(arguments.steps))
            ours.append(limbus_seconds(arguments.limbus, folder, arguments.steps))
            print(f'round {number + 1}: limbus {ours[-1]:.3f} s, PyTorch {torch.__version__} {theirs[-1]:.3f} s '
                  f'per step, ratio {ours[-1] / theirs[-1]:.2f}', flush=True)
    print(f'median ratio {statistics.median(a / b for a, b in zip(ours, theirs)):.2f}, '
          f'{torch.get_num_threads()} threads')


if __name__ == '__main__':
    main()
