// Starts the worker: the default in the form that bundlers look for, or from where the caller says.
import { folderOf } from './assets.js';
import { LimbusError, messageOf } from './error.js';
import type { CoreOptions } from './types.js';
import { urlOf } from './url.js';

/** Put in as a literal by build.mjs: a bundler finds a worker only where its URL is one. */
declare const LIMBUS_WORKER: string;

export interface StartedWorker {
  worker: Worker;
  url: string; // for messages
}

export function startWorker(options: CoreOptions): StartedWorker {
  const url = scriptOf(options);
  try {
    if (!url)
      return {
        worker: new Worker(new URL(LIMBUS_WORKER, import.meta.url), {
          type: 'module',
          name: 'limbus',
        }),
        url: LIMBUS_WORKER,
      };
    const foreign = url.origin !== location.origin && !/^(blob|data):/.test(url.protocol);
    const worker =
      foreign && options.crossOriginWorker
        ? startForeign(url)
        : new Worker(url, { type: 'module', name: 'limbus' });
    return { worker, url: url.href };
  } catch (error) {
    if (typeof Worker === 'undefined')
      throw new LimbusError(
        'unsupported',
        'there are no workers here, as in service workers and shared ones: segment in a page, in a worker of its ' +
          'own or in Node 18.20; limbus/core needs none',
      );
    const why = messageOf(error);
    const advice = why.includes('TrustedScriptURL')
      ? "The page enforces Trusted Types: its policy 'default' has to let this address pass"
      : 'From another origin none starts: copy the files to this one (`npx limbus copy-assets DIR`) and say ' +
        'assetsUrl, or say assetsUrl and crossOriginWorker';
    throw new LimbusError('unsupported', `the browser refuses the worker (${why}). ${advice}`);
  }
}

function scriptOf({ workerUrl, assetsUrl, crossOriginWorker }: CoreOptions): URL | null {
  if (workerUrl !== undefined) return urlOf(workerUrl);
  if (assetsUrl !== undefined) return new URL('worker.js', folderOf(assetsUrl));
  if (crossOriginWorker)
    throw new LimbusError(
      'badArgument',
      'crossOriginWorker wants the folder of worker.js as assetsUrl',
    );
  return null;
}

/** One line of our origin that imports the other one's file, which then finds its own beside itself. */
function startForeign(url: URL): Worker {
  const line = new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' });
  const blobUrl = URL.createObjectURL(line);
  const worker = new Worker(blobUrl, { type: 'module', name: 'limbus' });
  // The script has been fetched once the worker answers or fails.
  const revoke = () => URL.revokeObjectURL(blobUrl);
  worker.addEventListener('message', revoke, { once: true });
  worker.addEventListener('error', revoke, { once: true });
  return worker;
}
