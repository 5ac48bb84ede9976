// Small videos whose frames tell their own number: how far a bright field reaches in from the left.
import { join } from 'node:path';
import type { Page } from 'playwright-core';

import { usePage } from './hooks.js';

export const kStep = 8; // pixels that the field grows by each frame
export const kFilm = { width: 160, height: 96, perSecond: 25 };

export interface Film {
  container: 'Mp4' | 'WebM' | 'Mov';
  codec: 'vp8' | 'vp9' | 'av1' | 'jpeg' | 'hidden'; // jpeg: under a name that nobody knows; hidden: VP8 that shows none
  frames: number;
  keyEveryS: number;
  rotation?: 0 | 90;
}

type Library = typeof import('mediabunny');

/** A page that encodes, for all tests of a file. */
export function useMaker(): (film: Film) => Promise<Buffer> {
  const bundles = join(process.env['LIMBUS_ROOT']!, 'web/node_modules/mediabunny/dist/bundles/');
  const open = usePage({ folders: { '/mediabunny/': bundles } });
  return (film) => make(open.page, film);
}

async function make(page: Page, film: Film): Promise<Buffer> {
  const base64 = await page.evaluate(
    async ({ container, codec, frames, keyEveryS, rotation, width, height, perSecond, step }) => {
      const url = '/mediabunny/mediabunny.min.mjs';
      const library = (await import(url)) as Library;
      const format = new library[`${container}OutputFormat`]();
      const target = new library.BufferTarget();
      const output = new library.Output({ format, target });
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d', { alpha: false })!;
      const isCoded = codec !== 'jpeg' && codec !== 'hidden';
      const packets = isCoded ? null : new library.EncodedVideoPacketSource('vp8');
      const coded = new library.CanvasSource(canvas, {
        codec: isCoded ? codec : 'vp8',
        bitrate: 2_000_000,
        keyFrameInterval: keyEveryS,
      });
      output.addVideoTrack(packets ?? coded, { rotation: rotation ?? 0 });
      await output.start();
      for (let i = 0; i < frames; ++i) {
        context.fillStyle = 'rgb(20,20,20)';
        context.fillRect(0, 0, width, height);
        context.fillStyle = 'rgb(230,230,230)';
        context.fillRect(0, 0, step * (i + 1), height);
        const [at, takes] = [i / perSecond, 1 / perSecond];
        if (!packets) await coded.add(at, takes);
        else {
          const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
          const data = codec === 'jpeg' ? await file.bytes() : new Uint8Array(16);
          const packet = new library.EncodedPacket(data, 'key', at, takes);
          const decoderConfig = { codec: 'vp8', codedWidth: width, codedHeight: height };
          await packets.add(packet, { decoderConfig });
        }
      }
      await output.finalize();
      const bytes = new Uint8Array(target.buffer!);
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    },
    { ...film, ...kFilm, step: kStep },
  );
  const bytes = Buffer.from(base64, 'base64');
  if (film.codec === 'jpeg') bytes.write('V_JPG', bytes.indexOf('V_VP8'));
  return bytes;
}
