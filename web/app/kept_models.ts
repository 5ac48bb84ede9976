// Models that the user opened, over a reload: in this browser's IndexedDB, on this machine. Nothing is sent anywhere.
// Where there is none (private windows of some browsers, storage switched off) a visit is as it ever was.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Manifest } from '../src/index.js';

/** All but the file itself, which is read when the model is chosen. */
export interface KeptModel {
  key: string;
  title: string;
  file: string; // its name
  sizeBytes: number;
  manifest: Manifest | null; // what the user said of a foreign file
}

interface Kept extends DBSchema {
  models: { key: string; value: KeptModel };
  files: { key: string; value: Blob | ArrayBuffer };
}

const kPatienceMs = 1000;

let opened: Promise<IDBPDatabase<Kept> | null> | undefined;

function database(): Promise<IDBPDatabase<Kept> | null> {
  opened ??= (async () => {
    try {
      return await openDB<Kept>('limbus', 1, {
        upgrade(db) {
          db.createObjectStore('models', { keyPath: 'key' });
          db.createObjectStore('files');
        },
        terminated: () => (opened = undefined), // asked for anew
      });
    } catch {
      return null;
    }
  })();
  return opened;
}

/** The first model waits for this list, but not for ever. */
export async function keptModels(): Promise<KeptModel[]> {
  const read = database().then((db) => db?.getAll('models'));
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, kPatienceMs));
  return (await Promise.race([read.catch(() => undefined), late])) ?? [];
}

/** Null: not kept any more. */
export async function keptFile(key: string): Promise<Blob | null> {
  const file = await (await database())?.get('files', key);
  return file instanceof ArrayBuffer ? new Blob([file]) : (file ?? null);
}

/**
 * Both or neither; `file` null: what was kept stays, the rest is new. False: this browser keeps nothing, or no more the
 * file of it. Rejects where it would and cannot: no space is left.
 */
export async function keepModel(model: KeptModel, file: Blob | null): Promise<boolean> {
  const db = await database();
  if (!db) return false;
  const write = async (content: Blob | ArrayBuffer | null) => {
    const writing = db.transaction(['models', 'files'], 'readwrite');
    const files = writing.objectStore('files');
    if (!content && (await files.count(model.key)) === 0) return false; // forgotten in another tab
    const put = [writing.objectStore('models').put(model)];
    if (content) put.push(files.put(content, model.key));
    await Promise.all([...put, writing.done]);
    return true;
  };
  try {
    return await write(file);
  } catch (error) {
    if (!file || (error as DOMException).name === 'QuotaExceededError') throw error;
    return write(await file.arrayBuffer()); // private windows of WebKit keep bytes and no Blob
  }
}

export async function forgetModel(key: string): Promise<void> {
  const writing = (await database())?.transaction(['models', 'files'], 'readwrite');
  if (!writing) return;
  const gone = [
    writing.objectStore('models').delete(key),
    writing.objectStore('files').delete(key),
  ];
  await Promise.all([...gone, writing.done]);
}
