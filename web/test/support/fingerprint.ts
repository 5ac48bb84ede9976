/** FNV-1a, 64 bits, in hexadecimal digits: as shared/hash.h makes it, in halves of 32 bits. */
export function fingerprint(bytes: Uint8Array): string {
  const kPrime = 0x1b3; // below 2^40, the other bit of the prime
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    const product = low * kPrime;
    high = (Math.imul(high, kPrime) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
}
