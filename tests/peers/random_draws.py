"""shared/random.h once more: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), so
that peers are asked with the values that our augmentations draw."""

AUGMENT = 3  # Purpose::augment


class Random:
    def __init__(self, seed, epoch, index, purpose=AUGMENT):
        self.key = [seed & 0xFFFFFFFF, seed >> 32]
        self.counter = [0, epoch, index, purpose]
        self.block = []

    def refill(self):
        state, key = self.counter, self.key
        for _ in range(10):
            a, b = 0xD2511F53 * state[0], 0xCD9E8D57 * state[2]
            low = 0xFFFFFFFF
            state = [(b >> 32) ^ state[1] ^ key[0], b & low, (a >> 32) ^ state[3] ^ key[1], a & low]
            key = [(key[0] + 0x9E3779B9) & low, (key[1] + 0xBB67AE85) & low]
        self.block = state
        self.counter = [self.counter[0] + 1, *self.counter[1:]]

    def bits(self):
        if not self.block:
            self.refill()
        return self.block.pop(0)

    def uniform(self, low=0.0, high=1.0):
        drawn = (self.bits() << 32 | self.bits()) >> 11
        return low + (high - low) * (drawn / 2**53)

    def integer(self, low, high):
        span = high - low + 1
        draw = self.bits()
        while draw < 2**32 % span:
            draw = self.bits()
        return low + draw % span
