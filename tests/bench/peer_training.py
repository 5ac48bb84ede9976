"""The PyTorch side of train_bench.py: for each job, a line of JSON on standard input, images per second.

One process for all jobs, since starting PyTorch and CUDA takes longer than a measurement.
"""
import contextlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from peer_nets import PEERS

CLASSES, MEAN, DEVIATION = 4, 0.467, 0.271


class Eyes(Dataset):
    """What `limbus synth` wrote, augmented as the recipe of train_bench.py's AUGMENT."""

    def __init__(self, folder, augment):
        self.images = sorted(Path(folder, 'train', 'images').glob('*.png'))
        self.augment = augment

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        import cv2
        import numpy as np
        path = self.images[index]
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        label = np.load(path.parents[1] / 'labels' / (path.stem + '.npy')).astype(np.uint8)
        if self.augment:
            image, label = augmented(cv2, np, image, label)
        return torch.from_numpy(np.ascontiguousarray(image))[None], torch.from_numpy(np.ascontiguousarray(label))


def augmented(cv2, np, image, label):
    """flipHorizontal, brightnessContrast and shiftScaleRotate with their default values, each at p = 0.5."""
    def draw(most):
        return float(torch.empty(()).uniform_(-most, most))

    if draw(1) < 0:
        image, label = cv2.flip(image, 1), cv2.flip(label, 1)
    if draw(1) < 0:
        contrast, offset = 1 + draw(0.2), draw(0.2) * image.mean()
        table = np.clip(np.arange(256) * contrast + offset + 0.5, 0, 255).astype(np.uint8)
        image = cv2.LUT(image, table)
    if draw(1) < 0:
        height, width = image.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), draw(15), 1 + draw(0.1))
        matrix[:, 2] += draw(0.0625) * width, draw(0.0625) * height
        border = {'borderMode': cv2.BORDER_REFLECT_101}
        image = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC, **border)
        label = cv2.warpAffine(label, matrix, (width, height), flags=cv2.INTER_NEAREST, **border)
    return image, label


def one_thread(_):
    import cv2
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


class Trainer:
    """A network ready to train; with `compile` network and loss as one compiled function."""

    def __init__(self, job):
        torch.manual_seed(1)
        self.device = torch.device(job['device'])
        self.cuda = self.device.type == 'cuda'
        self.precision = job['precision']
        if self.precision != 'default':
            allow = self.precision == 'tf32'
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = allow
        torch.backends.cudnn.benchmark = True  # as limbus has it
        self.format = torch.channels_last if job['channelsLast'] else torch.contiguous_format
        self.net = PEERS[job['net']][0](1, CLASSES).to(self.device, memory_format=self.format).train()
        options = {'lr': 1e-3, 'weight_decay': 1e-4}
        try:
            self.optimizer = torch.optim.AdamW(self.net.parameters(), fused=True, **options)
        except (TypeError, RuntimeError):  # not in this PyTorch, or not for this device
            self.optimizer = torch.optim.AdamW(self.net.parameters(), **options)
        self.loss = self.plain_loss
        if job['mode'] != 'eager':
            if not hasattr(torch, 'compile'):
                raise RuntimeError(f'PyTorch {torch.__version__} has no torch.compile')
            torch._dynamo.reset()
            self.loss = torch.compile(self.plain_loss, mode=job['mode'])

    def plain_loss(self, images, labels):
        bfloat16 = torch.autocast(self.device.type, torch.bfloat16)
        with bfloat16 if self.precision == 'bfloat16' else contextlib.nullcontext():
            logits = self.net(images)
        return F.cross_entropy(logits.float(), labels)

    def step(self, images, labels):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(images, labels).backward()
        self.optimizer.step()

    def synchronize(self):
        if self.cuda:
            torch.cuda.synchronize()

    def ready(self, images, labels):
        """Bytes travel to the device, which normalises there."""
        images = images.to(self.device, non_blocking=True).float().sub_(255 * MEAN).div_(255 * DEVIATION)
        return (images.contiguous(memory_format=self.format), labels.to(self.device, non_blocking=True).long())


def fixed_batch(trainer, job):
    images = torch.randn(job['batch'], 1, job['height'], job['width'])
    labels = torch.randint(CLASSES, (job['batch'], job['height'], job['width']))
    batch = (images.to(trainer.device).contiguous(memory_format=trainer.format), labels.to(trainer.device))
    while True:
        yield batch


def loaded_batches(trainer, job):
    import cv2  # here, too: workers are forks, and what is missing is said plainly
    cv2.setNumThreads(0)
    workers = job['workers']
    more = {'persistent_workers': True, 'prefetch_factor': 4} if workers else {}
    loader = DataLoader(Eyes(job['data'], True), job['batch'], shuffle=True, drop_last=True, num_workers=workers,
                        pin_memory=trainer.cuda, worker_init_fn=one_thread, **more)
    while True:
        for images, labels in loader:
            yield trainer.ready(images, labels)


def measured(trainer, job):
    if trainer.cuda:
        torch.cuda.reset_peak_memory_stats()
    batches = (loaded_batches if job['what'] == 'end to end' else fixed_batch)(trainer, job)

    def seconds_of(steps):
        trainer.synchronize()
        start = time.perf_counter()
        for _ in range(steps):
            trainer.step(*next(batches))
        trainer.synchronize()
        return time.perf_counter() - start

    seconds_of(job['warmUp'])
    steps = max(job['leastSteps'], min(5000, round(job['seconds'] * job['leastSteps'] / seconds_of(job['leastSteps']))))
    began = time.time()
    seconds = seconds_of(steps)
    batches.close()
    return {'imagesPerSecond': steps * job['batch'] / seconds, 'steps': steps, 'began': began, 'ended': time.time(),
            'peakMemoryBytes': torch.cuda.max_memory_allocated() if trainer.cuda else None}


def main():
    # What libraries print must not come between the answers.
    answers, sys.stdout = os.fdopen(os.dup(1), 'w', buffering=1), sys.stderr
    os.dup2(2, 1)
    torch.set_num_threads(os.cpu_count())  # as limbus does
    kept, trainer = None, None
    for line in sys.stdin:
        job = json.loads(line)
        try:
            key = [job[k] for k in ('net', 'width', 'height', 'batch', 'device', 'precision', 'channelsLast', 'mode')]
            if key != kept:
                kept, trainer = None, None
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()
                trainer = Trainer(job)
                kept = key
            answer = measured(trainer, job)
        except Exception as error:  # a mode that fails is a result
            traceback.print_exc()
            kept, trainer = None, None
            first = (str(error).strip().splitlines() or [''])[0]
            answer = {'failed': f'{type(error).__name__}: {first}'}
        print(json.dumps(answer), file=answers)


if __name__ == '__main__':
    main()
