import type { CodedPicture, Picture } from '../../core';

/** Pictures in the decoder at once: its queue holds memory of the graphics card. */
const QUEUE = 8;

/** Decodes H.264 in Annex B form with the browser's own decoder (WebCodecs). */
export async function decodeH264(pictures: readonly CodedPicture[], firstGiven: number, give: (place: number, picture: Picture) => void, signal: AbortSignal): Promise<void> {
  if (!('VideoDecoder' in globalThis)) throw new Error('This browser cannot decode H.264: use a current Chromium, Edge or Safari.');
  const codec = codecOf(pictures[0]!.bytes);
  if (!codec) throw new Error('The key frame carries no sequence parameters.');
  const given: Promise<void>[] = [];
  let failure: Error | null = null;
  const decoder = new VideoDecoder({
    output: (frame) => {
      const place = frame.timestamp;
      if (place < firstGiven) {
        frame.close();
        return;
      }
      // A frame of the decoder is of a small pool: it goes back at once.
      given.push(createImageBitmap(frame).then((picture) => give(place, picture)).finally(() => frame.close()));
    },
    error: (error) => { failure = error; },
  });
  try {
    decoder.configure({ codec, optimizeForLatency: true });
    for (const [place, { bytes, key }] of pictures.entries()) {
      while (decoder.decodeQueueSize >= QUEUE && !failure && !signal.aborted) await new Promise((resolve) => decoder.addEventListener('dequeue', resolve, { once: true }));
      if (signal.aborted || failure) break;
      decoder.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp: place, data: bytes }));
    }
    if (!signal.aborted && !failure) await decoder.flush();
    await Promise.all(given);
  } finally {
    if (decoder.state !== 'closed') decoder.close();
  }
  if (failure) throw failure as Error;
  signal.throwIfAborted();
}

/** The codec's name by profile, constraints and level of the first sequence parameters, as avc1.42c01e. */
export function codecOf(bytes: Uint8Array): string | null {
  for (let i = 0; i + 6 < bytes.length; i++) {
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1 && (bytes[i + 3]! & 0x1f) === 7) {
      return `avc1.${[bytes[i + 4]!, bytes[i + 5]!, bytes[i + 6]!].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    }
  }
  return null;
}
