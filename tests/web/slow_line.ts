// A line between browser and server: counts what comes down it and lets no more through than it may.
//
// The browser's own throttling leaves out what workers and service workers fetch; a line sees all of it.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const kPiece = 16 * 1024; // connections take turns in pieces of this size

export interface Line {
  origin: string;
  /** Bytes that came down so far, headers too. */
  bytes(): number;
  close(): Promise<void>;
}

export interface LineOptions {
  bitsPerSecond?: number; // all connections together; default: no limit
  delayMs?: number; // before the first byte of each answer
}

export async function openLine(port: number, options: LineOptions = {}): Promise<Line> {
  const { bitsPerSecond = Infinity, delayMs = 0 } = options;
  const sockets = new Set<Socket>();
  let bytes = 0;
  let freeAt = 0; // when the line has sent what it took

  /** Resolves when `size` bytes have gone down the line. */
  const send = async (size: number) => {
    bytes += size;
    if (bitsPerSecond === Infinity) return;
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + (size * 8000) / bitsPerSecond;
    await new Promise((resolve) => setTimeout(resolve, freeAt - now));
  };

  const server = createServer((browser) => {
    const upstream = connect(port, '127.0.0.1');
    let asked = false;
    browser.on('data', (data) => {
      asked = true;
      upstream.write(data);
    });
    const pass = async () => {
      for await (const data of upstream as AsyncIterable<Buffer>) {
        if (asked && delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        asked = false;
        for (let at = 0; at < data.length; at += kPiece) {
          const piece = data.subarray(at, at + kPiece);
          await send(piece.length);
          if (browser.destroyed) return;
          if (!browser.write(piece)) await new Promise((resolve) => browser.once('drain', resolve));
        }
      }
    };
    for (const [socket, other] of [
      [browser, upstream],
      [upstream, browser],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        if (socket === browser) other.destroy();
      });
    }
    pass().then(
      () => browser.end(),
      () => browser.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
