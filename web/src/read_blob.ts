import { LimbusError, messageOf } from './error.js';

/** Of a file that was deleted or changed since it was chosen: 'io', as of any that cannot be read. */
export async function readBlob(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (error) {
    throw new LimbusError('io', `the file cannot be read: ${messageOf(error)}; choose it again`);
  }
}
