#!/usr/bin/env node
// Serves a folder with the headers that the page needs. No dependencies.
//
//   node web/serve.mjs [--dir web/dist] [--port 8080] [--host 127.0.0.1]
//
// Cross-origin isolation (COOP, COEP) allows wasm threads; the content security policy allows
// nothing but this origin. FILE.br or FILE.gz, where the build put one, goes out for FILE; names that
// carry a hash are cached for good. Without --port: 8080, or the next free one. Other machines reach it
// at the address of this one that --host names (0.0.0.0: all); their browsers have threads and WebGPU
// behind HTTPS alone.
import { createServer as createHttpServer } from 'node:http';
import { createReadStream, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const types = {
  '': 'text/plain; charset=utf-8', // LICENSE, NOTICE
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.onnx': 'application/octet-stream',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

const encodings = { br: '.br', gzip: '.gz' }; // the best first

// Firefox asks default-src about the files that a page names as prefetch; all else has a line of its own.
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "manifest-src 'self'",
  "font-src 'none'",
  "frame-src 'none'",
  "media-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'Content-Security-Policy': policy,
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

// By the file's own name, or in the runtime's folder: other folders may be named after a day.
const kHashed = /-[0-9a-f]{8}\.[^/]*$|\/ort-[0-9a-f]{8}\//;

function refuse(response, status, text) {
  response.writeHead(status, { ...headers, 'Content-Type': types['.txt'] });
  response.end(`${text}\n`);
}

/** The file that a request path means, or null. Links that leave the folder do not count. */
function fileOf(root, requestPath) {
  let path;
  try {
    path = decodeURIComponent(requestPath);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  try {
    let file = realpathSync(join(root, path));
    if (statSync(file).isDirectory()) file = realpathSync(join(file, 'index.html'));
    if (!file.startsWith(root + sep) || !statSync(file).isFile()) return null;
    return { file, stat: statSync(file) };
  } catch {
    return null;
  }
}

/**
 * What goes out for a file: itself, or what the build made of it in an encoding the browser takes.
 * A file whose name says nothing of its content may have changed since.
 */
function bestOf(root, path, plain, hashed, accepts) {
  const taken = accepts
    .split(',')
    .filter((each) => !/;\s*q=0(\.0*)?\s*$/.test(each))
    .map((each) => each.split(';')[0].trim().toLowerCase());
  for (const [encoding, ending] of Object.entries(encodings)) {
    const found = taken.includes(encoding) && fileOf(root, path + ending);
    if (found && (hashed || found.stat.mtimeMs >= plain.stat.mtimeMs))
      return { ...found, encoding };
  }
  return plain;
}

function answer(root, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(response, 405, 'only GET and HEAD');
    return;
  }
  const path = (request.url ?? '/').split(/[?#]/)[0];
  const plain = fileOf(root, path);
  if (!plain) {
    refuse(response, 404, 'not found');
    return;
  }
  const hashed = kHashed.test(path);
  const { file, stat, encoding } = bestOf(
    root,
    path.endsWith('/') ? `${path}index.html` : path,
    plain,
    hashed,
    request.headers['accept-encoding'] ?? '',
  );
  const tag = `"${stat.size.toString(16)}-${Math.trunc(stat.mtimeMs).toString(16)}"`;
  const more = {
    ETag: tag,
    Vary: 'Accept-Encoding',
    'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, { ...headers, ...more });
    response.end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    ...more,
    ...(encoding ? { 'Content-Encoding': encoding } : {}),
    'Content-Type': types[extname(plain.file)] ?? 'application/octet-stream',
    'Content-Length': stat.size,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

/** A server for `dir`, not listening yet. Throws when there is no such folder. */
export function createServer(dir) {
  const root = realpathSync(dir);
  return createHttpServer((request, response) => answer(root, request, response));
}

function fail(code, text) {
  console.error(`serve: ${text}`);
  process.exit(code);
}

function options(words) {
  const web = dirname(fileURLToPath(import.meta.url));
  const known = { dir: join(web, 'dist'), port: undefined, host: '127.0.0.1' };
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i].replace(/^--/, '');
    if (words[i] === '--help' || words[i] === '-h') {
      console.log('usage: node serve.mjs [--dir DIR] [--port N] [--host ADDRESS]');
      process.exit(0);
    }
    if (!words[i].startsWith('--') || !(name in known) || words[i + 1] === undefined)
      fail(
        2,
        `unknown option '${words[i]}' or no value for it; known: --dir DIR, --port N, --host ADDRESS`,
      );
    known[name] = words[i + 1];
  }
  if (known.port !== undefined && !(/^\d{1,5}$/.test(known.port) && Number(known.port) < 65536))
    fail(2, `--port wants a number from 0 to 65535, not '${known.port}'`);
  return known;
}

function main() {
  const { dir, port, host } = options(process.argv.slice(2));
  let server;
  try {
    server = createServer(resolve(dir));
  } catch {
    fail(1, `there is no folder ${resolve(dir)}; build the page first`);
  }
  const shown = host.includes(':') ? `[${host}]` : host; // IPv6
  let next = Number(port ?? 8080);
  server.on('error', (error) => {
    if (error.code !== 'EADDRINUSE' || port !== undefined || next >= 8180)
      fail(1, `cannot listen on ${shown}:${next}: ${error.message}`);
    server.listen(++next, host);
  });
  server.on('listening', () => console.log(`http://${shown}:${server.address().port}/`));
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections?.();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  server.listen(next, host);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main();
