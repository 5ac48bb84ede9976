#!/usr/bin/python3
"""Training with limbus in several processes: images per second over the ranks, in turn in one run.

  tests/bench/scaling_bench.py LIMBUS [--ranks 1,2,4] [--net dabnet18] [--size 320x200] [--device cuda] [--json FILE]

The batch of all ranks together stays the same, and so does what is learned. On a CPU the ranks share the processors,
on CUDA each takes a GPU. Efficiency is the rate per rank against that of the first number of ranks; on a CPU, where
one rank has all processors too, the plain ratio is what counts. The first epoch of a run does not count.
"""
import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
from train_bench import Clock, Failed, Gpu, Limbus

# As in peer_nets.py, which needs PyTorch.
NETS = {'eye-s': {'name': 'eye-s'}, 'dabnet18': {'name': 'dabnet', 'width': 18}, 'enet': {'name': 'enet'}}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('limbus')
    add('--ranks', type=lambda text: [int(word) for word in text.split(',')], default=[1, 2])
    add('--net', choices=NETS, default='dabnet18')
    add('--size', default='320x200', help='WIDTHxHEIGHT')
    add('--device', choices=['cpu', 'cuda'], default='cpu')
    add('--batch', type=int, default=16, help='of all ranks together')
    add('--steps', type=int, default=8, help='per epoch')
    add('--epochs', type=int, default=3, help='that count')
    add('--rounds', type=int, default=3)
    add('--workers', type=int, default=2, help='that load images, of each rank')
    add('--data', type=Path, help='keep the images here')
    add('--set', action='append', default=[], metavar='KEY=VALUE', help="a value of limbus's recipe")
    add('--timeout', type=float, default=600, help='seconds for one run')
    add('--json', type=Path, metavar='FILE')
    return parser.parse_args()


def bench(arguments, folder):
    gpu = Gpu(arguments.device == 'cuda')
    limbus = Limbus(arguments.limbus, arguments, Clock(None, arguments.timeout), gpu, folder)
    width, height = map(int, arguments.size.split('x'))
    images = arguments.batch * arguments.steps
    job = {'what': 'end to end', 'precision': 'default', 'channelsLast': False, 'mode': 'eager',
           'batch': arguments.batch, 'width': width, 'height': height, 'workers': arguments.workers,
           'device': arguments.device, 'data': str(limbus.data(arguments.data or folder, width, height, images))}
    rates, memory = {ranks: [] for ranks in arguments.ranks}, {}
    try:
        for _ in range(arguments.rounds):
            for ranks in arguments.ranks:
                run = limbus.train({**job, 'ranks': ranks}, NETS[arguments.net], arguments.steps * (1 + arguments.epochs))
                rates[ranks].append(run['laterSteps'] * arguments.batch / run['laterSeconds'])
                memory[ranks] = run['peakMemoryBytes']
    finally:
        gpu.stop()
    first = arguments.ranks[0]
    print(f'{arguments.net} {arguments.size}, batch {arguments.batch}, {arguments.device}, {os.cpu_count()} processors')
    print(f'{"ranks":>5} {"images/s":>9} {"ratio":>6} {"efficiency":>10} {"MiB each":>9}')
    rows = []
    for ranks in arguments.ranks:
        ratio = statistics.median(b / a for a, b in zip(rates[first], rates[ranks]))
        rows.append({'ranks': ranks, 'imagesPerSecond': statistics.median(rates[ranks]), 'rounds': rates[ranks],
                     'ratio': ratio, 'efficiency': ratio * first / ranks, 'peakMemoryBytes': memory[ranks]})
        mib = '-' if memory[ranks] is None else f'{memory[ranks] / 2**20:.0f}'
        print(f'{ranks:5} {rows[-1]["imagesPerSecond"]:9.1f} {ratio:6.2f} {rows[-1]["efficiency"]:10.2f} {mib:>9}')
    if arguments.json:
        arguments.json.write_text(json.dumps({'net': arguments.net, 'size': arguments.size, 'batch': arguments.batch,
                                              'device': arguments.device, 'rows': rows}, indent=1) + '\n')


def main():
    arguments = parsed()
    if any(ranks < 1 or arguments.batch % ranks for ranks in arguments.ranks):
        sys.exit('--ranks: numbers that divide --batch')
    with tempfile.TemporaryDirectory() as name:
        try:
            bench(arguments, Path(name))
        except Failed as error:
            sys.exit(str(error))


if __name__ == '__main__':
    main()
