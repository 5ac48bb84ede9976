// A short name for the content of a file.
const kHashedAtOnce = 2 ** 22; // bytes: what is done at once holds the page

/** 64 bits that few other contents have; browsers keep their own hashes from pages without HTTPS. */
export async function hashOf(bytes: Uint8Array): Promise<string> {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + kHashedAtOnce);
    for (; at < end; ++at) {
      a = Math.imul(a ^ bytes[at]!, 0x01000193);
      b = Math.imul(b ^ bytes[at]!, 0x85ebca6b) + 1;
    }
    if (at < bytes.length) await new Promise((resolve) => setTimeout(resolve)); // of a large file
  }
  return [a, b].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
}
