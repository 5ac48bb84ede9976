// What the worker holds: 200 images in a row leave it where it was (JavaScript, wasm and buffers
// together), and a large model is in the runtime's memory, not in the core's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CDPSession, Page } from 'playwright-core';

import { writePng } from '../../web/test/support/png_writer.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { withPage } from './hooks.js';
import { loadInPage } from './package_calls.js';

interface HeapUsage {
  usedSize: number;
  backingStorageSize: number; // array buffers, wasm memories left out
}

// Remembers every WebAssembly memory before the real worker starts.
const kSpy = `
  globalThis.memories = new Set();
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const instantiate = WebAssembly[name];
    WebAssembly[name] = async (source, imports) => {
      const made = await instantiate(source, imports);
      const spaces = [...Object.values(imports), (made.instance ?? made).exports];
      for (const value of spaces.flatMap((space) => Object.values(space)))
        if (value instanceof WebAssembly.Memory) globalThis.memories.add(value);
      return made;
    };
  }`;
const kSpiedWorker = "import './spy.js';\nimport '/lib/limbus/worker.js';\n";

/** Speaks the debugger's protocol to the page's only worker. */
async function attachToWorker(session: CDPSession) {
  const attached = new Promise<string>((resolve) =>
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') resolve(sessionId);
    }),
  );
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  const sessionId = await attached;
  let nextId = 1;
  return <Answer>(method: string): Promise<Answer> => {
    const id = nextId++;
    const answer = new Promise<Answer>((resolve) =>
      session.on('Target.receivedMessageFromTarget', ({ message }) => {
        const received = JSON.parse(message) as { id: number; result: Answer };
        if (received.id === id) resolve(received.result);
      }),
    );
    const message = JSON.stringify({ id, method });
    return session.send('Target.sendMessageToTarget', { sessionId, message }).then(() => answer);
  };
}

type Ask = Awaited<ReturnType<typeof attachToWorker>>;

/** Bytes of the core's and the runtime's memories. */
function wasmBytes(page: Page): Promise<number[]> {
  return page
    .workers()[0]!
    .evaluate(() =>
      [...(globalThis as unknown as { memories: Set<WebAssembly.Memory> }).memories].map(
        (memory) => memory.buffer.byteLength,
      ),
    );
}

async function scriptBytes(worker: Ask): Promise<number> {
  await worker('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize } = await worker<HeapUsage>('Runtime.getHeapUsage');
  return usedSize + backingStorageSize;
}

test('200 images do not grow the memory of the worker', async () => {
  const samples = Array.from({ length: 640 * 400 }, (_, i) => (i * 13 + (i >> 8)) % 256);
  const options = {
    scripts: { '/spy.js': kSpy, '/spied_worker.js': kSpiedWorker },
    files: {
      '/model.onnx': thresholdModel(),
      '/image.png': writePng({ width: 640, height: 400, bitDepth: 8, colourType: 0, samples }),
    },
  };
  await withPage(options, async (open) => {
    const loaded = await open.page.evaluate(loadInPage, {
      url: '/model.onnx',
      options: { workerUrl: '/spied_worker.js' },
    });
    assert.equal(loaded.error, null);
    const worker = await attachToWorker(await open.page.context().newCDPSession(open.page));
    const segment = (count: number) =>
      open.page.evaluate(async (count) => {
        const blob = await (await fetch('/image.png')).blob();
        for (let i = 0; i < count; ++i) await segmenter.segment(blob);
      }, count);
    await segment(10);
    const wasm = await wasmBytes(open.page);
    const script = await scriptBytes(worker);
    await segment(200);
    assert.equal(wasm.length, 2);
    assert.deepEqual(await wasmBytes(open.page), wasm);
    // An image alone is 1 MB: two that are not collected yet are no leak, 200 would be.
    const grown = (await scriptBytes(worker)) - script;
    assert.ok(grown < 4 * 2 ** 20, `grown by ${grown} bytes from ${script}`);
  });
});

test('a file of 100 MB leaves no copy in the core', async () => {
  const options = {
    scripts: { '/spy.js': kSpy, '/spied_worker.js': kSpiedWorker },
    files: { '/large.onnx': thresholdModel({ unusedBytes: 100e6 }) },
  };
  await withPage(options, async (open) => {
    const loaded = await open.page.evaluate(loadInPage, {
      url: '/large.onnx',
      options: { workerUrl: '/spied_worker.js' },
    });
    assert.equal(loaded.error, null);
    const memories = (await wasmBytes(open.page)).sort((a, b) => a - b);
    assert.equal(memories.length, 2);
    assert.equal(memories[0], 16 * 2 ** 20); // the core's, as it starts
  });
});
