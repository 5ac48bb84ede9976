#!/usr/bin/python3
"""Training with limbus against Python PyTorch: images per second, both in one run.

  tests/bench/train_bench.py LIMBUS [--nets eye-s,dabnet18] [--sizes 320x200] [--device cuda] [--json FILE]

LIMBUS is the built command line. Both sides train the same networks, parameter for parameter, in turn:
  step         PyTorch's batch lies ready in the device's memory; limbus loads, without augmentations
  end to end   both decode the same PNG files and augment them; PyTorch with a DataLoader of as many
               workers as processors, in pinned memory (needs OpenCV's Python module)
Both with cross-entropy and AdamW. limbus's seconds are those of its log, without set-up: on a CPU
the shorter of two runs is subtracted from the longer, on CUDA the first epoch of one does not count. A ratio above 1: limbus is the faster.

Modes of PyTorch: eager, and those of torch.compile (default, reduce-overhead). Precisions: default
(PyTorch's and LibTorch's own: TF32 in convolutions), float32, tf32, bfloat16 (autocast). What limbus is to
do is said with --set, in which {precision}, {channelsLast} (true, false) and {mode} are filled in.
What a mode fails with is reported and the rest goes on. The most wanted numbers come first, so that
--budget may end it early.
"""
import argparse
import contextlib
import json
import os
import platform
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / 'models/recipes/openeds2019-dabnet.json'
AUGMENT = [{'name': name, 'p': 0.5} for name in ('flipHorizontal', 'brightnessContrast', 'shiftScaleRotate')]
# What limbus sets for itself (native/train/thread_waiting.h): on a busy machine threads that spin while they wait
# cost PyTorch a factor of ten. What the caller has set reaches both sides.
WAITING = {'OMP_WAIT_POLICY': 'passive', 'OPENBLAS_NUM_THREADS': '1'}
MOST = 5000  # steps of a measurement
KEPT = 8  # images for validation: enough for limbus to end an epoch


class Failed(Exception):
    pass


class OutOfTime(Exception):
    pass


class Clock:
    def __init__(self, budget, longest):
        self.end = time.monotonic() + budget if budget else float('inf')
        self.longest = longest

    def timeout(self):
        left = self.end - time.monotonic()
        if left < 1:
            raise OutOfTime
        return min(self.longest, left)

    def failed(self, what):
        """A process was stopped: by the budget or since it took too long."""
        if time.monotonic() > self.end - 1:
            raise OutOfTime
        raise Failed(f'{what} took more than {self.longest:.0f} s')


def last_line(text):
    return (text.strip().splitlines() or ['no message'])[-1]


class Peer:
    """The process of peer_training.py, started anew after a job that took too long."""

    def __init__(self, clock, log):
        self.clock, self.log, self.process = clock, log, None

    def ask(self, job):
        if self.process is None:
            environment = {**WAITING, **os.environ}
            self.process = subprocess.Popen([sys.executable, Path(__file__).with_name('peer_training.py')],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                            start_new_session=True, env=environment)
        timeout = self.clock.timeout()
        try:
            self.process.stdin.write((json.dumps(job) + '\n').encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            self.stop()
            raise Failed('PyTorch ended unasked')
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            self.stop()
            self.clock.failed('PyTorch')
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            self.process = None
            raise Failed(f'PyTorch ended with code {code}')
        answer = json.loads(line)
        if 'failed' in answer:
            raise Failed(answer['failed'])
        return answer

    def stop(self):
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # and what loads or compiles for it
            self.process.wait()
            self.process = None


class Gpu:
    """Use and memory of the first GPU, sampled by nvidia-smi; without it nothing is known."""

    def __init__(self, wanted):
        self.samples, self.process = [], None
        if wanted:
            try:
                self.process = subprocess.Popen(
                    ['nvidia-smi', '-i', '0', '--query-gpu=utilization.gpu,memory.used',
                     '--format=csv,noheader,nounits', '-lms', '100'], stdout=subprocess.PIPE, text=True)
                threading.Thread(target=self.read, daemon=True).start()
            except OSError as error:
                print(f'no use of the GPU: {error}', file=sys.stderr)

    def read(self):
        for line in self.process.stdout:
            try:
                used, memory = (float(part) for part in line.split(','))
            except ValueError:  # [N/A]
                continue
            self.samples.append((time.time(), used, memory * 2**20))

    def between(self, began, ended):
        """Mean use in percent."""
        used = [u for t, u, _ in self.samples if began <= t <= ended]
        return statistics.mean(used) if used else None

    def memory(self, began, ended):
        """The most that was taken after `began`, above what others had taken then."""
        before = [m for t, _, m in self.samples if t <= began]
        during = [m for t, _, m in self.samples if began < t <= ended]
        return max(during) - before[-1] if before and during else None

    def stop(self):
        if self.process:
            self.process.terminate()


class Limbus:
    def __init__(self, path, arguments, clock, gpu, folder):
        self.path, self.arguments, self.clock, self.gpu, self.folder = path, arguments, clock, gpu, folder

    def call(self, *words):
        try:
            done = subprocess.run([self.path, *map(str, words)], timeout=self.clock.timeout(), capture_output=True,
                                  text=True)
        except subprocess.TimeoutExpired:
            self.clock.failed(f'limbus {words[0]}')
        if done.returncode:
            raise Failed(f'limbus {words[0]}: {last_line(done.stderr or done.stdout)}')
        return done.stdout

    def parameters(self, net):
        options = [word for key, value in net.items() if key not in ('name', 'encoder')
                   for word in ('--set', f'{key}={value}')]
        text = self.call('inspect', net['name'], '--input', '1x64x64', *options, '--json')
        return json.loads(text)['learnedParameters']

    def data(self, folder, width, height, images):
        """Renders once; validation is cut to what limbus needs to end an epoch."""
        folder = folder / f'{width}x{height}-{images}'
        if not folder.exists():
            self.call('synth', '--count', images * 5 // 4, '--size', f'{width}x{height}', '--out', folder)
            for part in ('images', 'labels'):
                for file in sorted((folder / 'validation' / part).iterdir())[KEPT:]:
                    file.unlink()
        return folder

    def train(self, job, net, steps):
        """Seconds of training, the use of the GPU meanwhile and the peak of memory."""
        run = self.folder / 'run'
        values = {'precision': job['precision'], 'channelsLast': json.dumps(job['channelsLast']), 'mode': job['mode']}
        extra = self.arguments.set
        for key, value in values.items():
            extra = [text.replace('{' + key + '}', value) for text in extra]
        augment = AUGMENT if job['what'] == 'end to end' else []
        settings = [f'net={json.dumps(net)}', 'epochs=100000', f'batch={job["batch"]}', f'input.width={job["width"]}',
                    f'input.height={job["height"]}', f'augment={json.dumps(augment)}', 'loss={"name":"ce"}',
                    f'workers={job["workers"]}', *extra]
        began = time.time()
        ranks = ('--ranks', job['ranks']) if job.get('ranks', 1) > 1 else ()
        self.call('train', RECIPE, '--data', job['data'], '--out', run, '--force', '--quiet', '--no-self-check',
                  '--device', job['device'], '--steps', steps, *ranks, *(w for s in settings for w in ('--set', s)))
        log = run / 'log.jsonl'
        epochs = [json.loads(line) for line in log.read_text().splitlines()]
        ended = log.stat().st_mtime
        seconds = sum(epoch['trainSeconds'] for epoch in epochs)
        busy_from = ended - seconds - sum(epoch['validationSeconds'] for epoch in epochs)
        if epochs[-1]['step'] < steps:
            raise Failed(f'limbus train did {epochs[-1]["step"]} of {steps} steps')
        memory = epochs[-1].get('peakMemoryBytes')
        later = epochs[1:]  # the first one chooses kernels
        return {'seconds': seconds, 'laterSeconds': sum(epoch['trainSeconds'] for epoch in later),
                'laterSteps': epochs[-1]['step'] - epochs[0]['step'], 'gpu': self.gpu.between(busy_from, ended),
                'peakMemoryBytes': self.gpu.memory(began, ended) if memory is None else memory}


class Pair:
    """One line of the table: rounds of limbus and PyTorch in turn."""

    def __init__(self, job, limbus, peer):
        self.job, self.limbus, self.peer = job, limbus, peer
        self.net = json.loads(job['limbusNet'])
        self.record = {key: job[key] for key in ('net', 'width', 'height', 'batch', 'what', 'precision',
                                                 'channelsLast', 'mode', 'workers')}

    def ours(self, per_step):
        """A short run and a long one; `per_step` is a guess, set right where it was far off. On CUDA one run whose
        first epoch does not count: set-up takes longer there than what is measured, and varies."""
        least, wanted = self.job['leastSteps'], self.job['seconds']
        if self.job['device'] == 'cuda':
            per_epoch = self.job['images'] // self.job['batch']
            epochs = max(2, round(wanted / ((per_step or 0.01) * per_epoch)))
            run = self.limbus.train(self.job, self.net, per_epoch * (1 + epochs))
            return {**run, 'imagesPerSecond': run['laterSteps'] * self.job['batch'] / run['laterSeconds']}
        short = self.limbus.train(self.job, self.net, least)
        more = max(least, min(MOST, round(wanted / (per_step or short['seconds'] / least))))
        for _ in range(3):
            long = self.limbus.train(self.job, self.net, least + more)
            spent = long['seconds'] - short['seconds']
            if spent >= wanted / 2 or more == MOST:
                break
            more = min(MOST, round(more * max(2, min(50, wanted / max(spent, 0.001)))))
        else:
            raise Failed(f'limbus: {spent:.2f} s for {more} steps are too short to tell; give more --seconds')
        return {**long, 'imagesPerSecond': more * self.job['batch'] / spent}

    def measure(self, rounds):
        ours, theirs, failed = [], [], {}
        try:
            for _ in range(rounds):
                for side, done in (('pytorch', theirs), ('limbus', ours)):
                    if side in failed:
                        continue
                    try:
                        if side == 'pytorch':
                            done.append(self.peer.ask(self.job))
                        else:
                            known = (ours or theirs)[-1:]
                            done.append(self.ours(known and self.job['batch'] / known[0]['imagesPerSecond']))
                    except Failed as error:
                        failed[side] = str(error)
        finally:  # also when time is out
            self.summarise(ours, theirs, failed)

    def summarise(self, ours, theirs, failed):
        def median(rows, key):
            values = [row[key] for row in rows if row.get(key) is not None]
            return statistics.median(values) if values else None

        gpu = self.limbus.gpu
        for row in theirs:
            row['gpu'] = gpu.between(row['began'], row['ended'])
        for side, rows in (('limbus', ours), ('pytorch', theirs)):
            self.record[side] = {
                'imagesPerSecond': median(rows, 'imagesPerSecond'), 'gpuUtilisation': median(rows, 'gpu'),
                'peakMemoryBytes': median(rows, 'peakMemoryBytes'), 'rounds': [row['imagesPerSecond'] for row in rows],
                'failed': failed.get(side)}
        ratios = [a['imagesPerSecond'] / b['imagesPerSecond'] for a, b in zip(ours, theirs)]
        self.record['ratio'] = statistics.median(ratios) if ratios else None

    def line(self):
        def number(value, form):
            return '-' if value is None else format(value, form)

        r, ours, theirs = self.record, self.record['limbus'], self.record['pytorch']
        cells = [f'{r["net"]:14}', f'{self.job["size"]:8}', f'{r["what"]:10}', f'{r["precision"]:8}',
                 f'{r["mode"]:15}', f'{number(ours["imagesPerSecond"], ".1f"):>9}',
                 f'{number(theirs["imagesPerSecond"], ".1f"):>9}', f'{number(r["ratio"], ".2f"):>6}']
        for side in (ours, theirs):
            cells.append(f'{number(side["gpuUtilisation"], ".0f"):>4}')
            megabytes = side['peakMemoryBytes'] and side['peakMemoryBytes'] / 2**20
            cells.append(f'{number(megabytes, ".0f"):>6}')
        failures = [f'\n    {name} failed: {r[name]["failed"]}' for name in ('limbus', 'pytorch') if r[name]['failed']]
        return ' '.join(cells) + ''.join(failures)


HEAD = (f'{"network":14} {"size":8} {"what":10} {"precision":8} {"mode":15} {"limbus/s":>9} {"PyTorch/s":>9} '
        f'{"ratio":>6} {"GPU%":>4} {"MiB":>6} {"GPU%":>4} {"MiB":>6}')


def jobs_of(arguments):
    """The most wanted first: eager before compiled, small before large, in the order of --nets."""
    first = [net for net in arguments.nets if net in ('eye-s', 'dabnet18')]
    groups = [first, [net for net in arguments.nets if net not in first]]
    compiled = [mode for mode in arguments.modes if mode != 'eager']
    for modes in (['eager'] if 'eager' in arguments.modes else [], compiled):
        for size in arguments.sizes:
            for nets in groups:
                for precision in arguments.precisions:
                    for net in nets:
                        for mode in modes:
                            for what in arguments.what:
                                yield {'net': net, 'size': size, 'precision': precision, 'mode': mode, 'what': what}


def versions(device):
    import torch  # only to ask; the training is another process's
    name = platform.processor() or platform.machine()
    if device == 'cuda':
        asked = subprocess.run(['nvidia-smi', '--query-gpu=name,driver_version', '--format=csv,noheader'],
                               capture_output=True, text=True, timeout=30)
        name = asked.stdout.strip() or 'unknown GPU'
    return {'device': device, 'deviceName': name, 'processors': os.cpu_count(), 'threads': os.cpu_count(),
            'python': platform.python_version(), 'torch': torch.__version__, 'cuda': torch.version.cuda,
            'date': time.strftime('%Y-%m-%d')}


def parsed():
    def words(text):
        return text.split(',')

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('limbus')
    add('--nets', type=words, default=['eye-s', 'dabnet18', 'enet', 'unet-resnet34'])
    add('--sizes', type=words, default=['320x200', '640x400'], help='WIDTHxHEIGHT')
    add('--what', type=words, default=['step', 'end to end'])
    add('--modes', type=words, default=['eager'], help='eager, default, reduce-overhead')
    add('--precisions', type=words, default=['default'], help='default, float32, tf32, bfloat16')
    add('--channels-last', action='store_true', help="of PyTorch's tensors")
    add('--device', choices=['cpu', 'cuda'], default='cpu')
    add('--batch', type=int, default=8)
    add('--workers', type=int, default=os.cpu_count(), help='that load images, of each side')
    add('--rounds', type=int, default=3)
    add('--seconds', type=float, default=2, help='that a measurement is to last')
    add('--steps', type=int, default=8, help='least steps of a measurement, and of the run subtracted')
    add('--warm-up', type=int, default=4, help="PyTorch's steps before")
    add('--images', type=int, default=1024, help='training images, rendered once')
    add('--data', type=Path, help='keep the images here')
    add('--set', action='append', default=[], metavar='KEY=VALUE', help="a value of limbus's recipe")
    add('--budget', type=float, help='seconds after which to end with what there is')
    add('--timeout', type=float, default=300, help='seconds for one process')
    add('--json', type=Path, metavar='FILE')
    return parser.parse_args()


def bench(arguments, folder):
    clock = Clock(arguments.budget, arguments.timeout)
    from peer_nets import PEERS  # imports PyTorch, which takes its time
    record = {**versions(arguments.device), 'rows': []}
    gpu = Gpu(arguments.device == 'cuda')
    log = open(folder / 'pytorch.log', 'w')
    peer = Peer(clock, log)
    limbus = Limbus(arguments.limbus, arguments, clock, gpu, folder)
    record['limbus'] = last_line(limbus.call('--version'))
    print(', '.join(f'{key} {value}' for key, value in record.items() if key != 'rows'))
    print(HEAD, flush=True)
    checked = set()
    try:
        for job in jobs_of(arguments):
            width, height = map(int, job['size'].split('x'))
            module, net = PEERS[job['net']]
            try:
                if job['net'] not in checked:
                    theirs, ours = sum(p.numel() for p in module(1, 4).parameters()), limbus.parameters(net)
                    if theirs != ours:
                        sys.exit(f'{job["net"]}: the peer has {theirs} parameters, limbus {ours}')
                    checked.add(job['net'])
                job.update(width=width, height=height, batch=arguments.batch, device=arguments.device,
                           channelsLast=arguments.channels_last, workers=arguments.workers, seconds=arguments.seconds,
                           leastSteps=arguments.steps, images=arguments.images, warmUp=arguments.warm_up, limbusNet=json.dumps(net),
                           data=str(limbus.data(arguments.data or folder, width, height, arguments.images)))
            except Failed as error:
                print(f'{job["net"]} {job["size"]}: {error}', flush=True)
                continue
            pair = Pair(job, limbus, peer)
            try:
                pair.measure(arguments.rounds)
            finally:
                record['rows'].append(pair.record)
                print(pair.line(), flush=True)
                if arguments.json:
                    arguments.json.write_text(json.dumps(record, indent=1) + '\n')
    except OutOfTime:
        print(f'out of time after {arguments.budget:.0f} s')
    finally:
        peer.stop()
        gpu.stop()
        log.close()


def main():
    arguments = parsed()
    if arguments.images < arguments.batch:
        sys.exit('--images: at least one batch')
    with tempfile.TemporaryDirectory() as name:
        bench(arguments, Path(name))


if __name__ == '__main__':
    main()
