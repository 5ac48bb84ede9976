// web/serve.mjs: headers, types, encodings, what it refuses, ports, and how it ends; what the build compresses.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect, createServer as createTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { compressFolder } from '../../web/compress.mjs';
import { createServer } from '../../web/serve.mjs';
import { scratchFolder } from './hooks.js';

const script = join(process.env['LIMBUS_ROOT']!, 'web/serve.mjs');
const folder = scratchFolder('serve');
let server: ReturnType<typeof createServer>;
let port: number;

before(async () => {
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'a b.wasm'), 'x');
  writeFileSync(join(folder, 'LICENSE'), 'MIT');
  symlinkSync('/etc/hostname', join(folder, 'link'));
  server = createServer(folder);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** The first line of the answer to a path that no client library has tidied up. */
function rawStatus(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (data) => (text += String(data)));
    socket.on('end', () => resolve(text.split('\r\n')[0]!));
    socket.on('error', reject);
  });
}

test('every answer carries the policy and the isolation headers', async () => {
  for (const path of ['', 'missing']) {
    const { headers } = await fetch(`http://127.0.0.1:${port}/${path}`);
    const policy = headers.get('content-security-policy')!;
    assert.match(policy, /^default-src 'self'; script-src 'self'/);
    for (const what of ['font', 'frame', 'media', 'object'])
      assert.match(policy, new RegExp(`; ${what}-src 'none'`));
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|http/);
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(headers.get('cross-origin-embedder-policy'), 'require-corp');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});

test('types by name; unchanged files are not sent again', async () => {
  const types: [string, string][] = [
    ['', 'text/html; charset=utf-8'],
    ['a%20b.wasm?x#y', 'application/wasm'],
    ['LICENSE', 'text/plain; charset=utf-8'],
  ];
  for (const [path, type] of types) {
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, type]);
    const again = await fetch(`http://127.0.0.1:${port}/${path}`, {
      headers: { 'If-None-Match': answer.headers.get('etag')! },
    });
    assert.equal(again.status, 304);
  }
});

/** An answer as it came, not unpacked. */
function packed(path: string, headers: Record<string, string>) {
  return new Promise<{ answer: IncomingMessage; bytes: Buffer }>((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => resolve({ answer, bytes: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}

test('what the build compressed goes out to those who take it, with the type of the plain file', async () => {
  const kept = mkdtempSync(join(tmpdir(), 'limbus-kept-'));
  const plain = 'export const eye = 1;\n'.repeat(500);
  writeFileSync(join(folder, 'app-0a1b2c3d.js'), plain);
  writeFileSync(join(folder, 'noise.png'), Buffer.from('abc'.repeat(9))); // too small to gain
  await compressFolder(folder, kept);
  assert.ok(!existsSync(join(folder, 'noise.png.br')));
  const rows: [string, string | undefined, (bytes: Buffer) => Buffer][] = [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, br;q=0', 'gzip', gunzipSync],
    ['identity', undefined, (bytes) => bytes],
  ];
  const tags = new Set<string>();
  for (const [accepts, encoding, unpack] of rows) {
    const path = '/app-0a1b2c3d.js';
    const { answer, bytes } = await packed(path, { 'Accept-Encoding': accepts });
    assert.equal(answer.headers['content-encoding'], encoding, accepts);
    assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(answer.headers['content-length'], String(bytes.length));
    assert.equal(answer.headers.vary, 'Accept-Encoding');
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(unpack(bytes).toString(), plain);
    if (encoding) assert.ok(bytes.length < plain.length / 10);
    tags.add(answer.headers.etag!);
    const headers = { 'Accept-Encoding': accepts, 'If-None-Match': answer.headers.etag! };
    assert.equal((await packed(path, headers)).answer.statusCode, 304);
  }
  assert.equal(tags.size, 3);
  rmSync(kept, { recursive: true });
});

test('names without a hash: asked again each time, and no compressed file of an earlier content', async () => {
  const kept = mkdtempSync(join(tmpdir(), 'limbus-kept-'));
  const file = join(folder, 'index.html');
  writeFileSync(file, '<!doctype html>'.repeat(200));
  await compressFolder(folder, kept);
  const headers = { 'Accept-Encoding': 'br' };
  const first = await packed('/', headers);
  assert.equal(first.answer.headers['content-encoding'], 'br');
  assert.equal(first.answer.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(first.answer.headers['cache-control'], 'no-cache');
  writeFileSync(file, '<!doctype html>new');
  utimesSync(file, new Date(), new Date(Date.now() + 5000));
  const second = await packed('/', headers);
  assert.equal(second.answer.headers['content-encoding'], undefined);
  assert.equal(second.bytes.toString(), '<!doctype html>new');
  rmSync(kept, { recursive: true });
});

test('kept for good by the name of a file or of the folder of the runtime, by no other folder', async () => {
  const rows: [string, boolean][] = [
    ['limbus-20251130/index.html', false],
    ['limbus-20251130/app-0a1b2c3d.js', true],
    ['limbus-20251130/models/index.json', false],
    ['ort-013354cd/ort.wasm', true],
  ];
  for (const [path, kept] of rows) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), 'x');
    const { status, headers } = await fetch(`http://127.0.0.1:${port}/${path}`);
    assert.equal(status, 200, path);
    assert.equal(/immutable/.test(headers.get('cache-control')!), kept, path);
  }
});

test('nothing outside the folder, and only reading', async () => {
  const paths = ['/../etc/hostname', '/%2e%2e/%2e%2e/etc/hostname', '/..%2f..%2fetc/hostname'];
  for (const path of [...paths, '/link', '/%00', '/%zz', '//etc/hostname'])
    assert.equal(await rawStatus(path), 'HTTP/1.1 404 Not Found', path);
  const post = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' });
  assert.equal(post.status, 405);
});

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const take = (data: Buffer) => {
      text += String(data);
      if (text.includes('\n')) resolve(text.split('\n')[0]!);
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
  });
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.on('exit', resolve));

test('prints its address, takes the next free port, ends cleanly on Ctrl-C', async () => {
  const taken = createTcp();
  const held = await new Promise<boolean>((resolve) => {
    taken.once('error', () => resolve(false)); // somebody else holds it: as good
    taken.listen(8080, '127.0.0.1', () => resolve(true));
  });
  const child = spawn(process.execPath, [script, '--dir', folder]);
  const exit = exitOf(child);
  const address = await firstLine(child);
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.notEqual(address, 'http://127.0.0.1:8080/');
  assert.equal((await fetch(address)).status, 200);
  child.kill('SIGINT');
  assert.equal(await exit, 0);
  if (held) taken.close();
});

test('listens on the address that it is given, and on no other', async () => {
  const child = spawn(process.execPath, [script, '--dir', folder, '--host', '127.0.0.2']);
  const address = await firstLine(child);
  assert.match(address, /^http:\/\/127\.0\.0\.2:\d+\/$/);
  assert.equal((await fetch(address)).status, 200);
  await assert.rejects(fetch(address.replace('127.0.0.2', '127.0.0.3')));
  const exit = exitOf(child);
  child.kill('SIGTERM');
  assert.equal(await exit, 0);
});

test('wrong words and missing folders: one line and an exit code', async () => {
  const rows: [string[], number, RegExp][] = [
    [['--prot', '1'], 2, /^serve: unknown option '--prot'/],
    [['--port', 'many'], 2, /^serve: --port wants a number/],
    [['--dir', join(folder, 'none')], 1, /^serve: there is no folder .*none; build the page first/],
    [['--dir', folder, '--port', String(port)], 1, /^serve: cannot listen on 127\.0\.0\.1/],
    [['--dir', folder, '--host', '192.0.2.1'], 1, /^serve: cannot listen on 192\.0\.2\.1:8080/],
  ];
  for (const [words, code, says] of rows) {
    const child = spawn(process.execPath, [script, ...words]);
    const exit = exitOf(child);
    assert.match(await firstLine(child), says);
    assert.equal(await exit, code);
  }
});
