import type { Run, Speaker } from '../../core';

let context: AudioContext | null = null;

/** The browser's sound, once a person has touched the page; before that browsers refuse. */
export function webAudio(): Speaker | null {
  if (!context) {
    if (!navigator.userActivation?.hasBeenActive) return null;
    try {
      context = new AudioContext({ latencyHint: 'interactive' });
    } catch {
      return null;
    }
  }
  const audio = context;
  if (audio.state === 'suspended') void audio.resume();
  if (audio.state !== 'running') return null;
  return {
    now: () => audio.currentTime,
    play: (run, when, offset, rate) => {
      const source = audio.createBufferSource();
      source.buffer = bufferOf(audio, run);
      source.playbackRate.value = rate;
      source.connect(audio.destination);
      source.start(when, offset);
      return () => {
        try {
          source.stop();
        } catch {
          // It was over already.
        }
        source.disconnect();
      };
    },
  };
}

const buffers = new WeakMap<Run, AudioBuffer>();

function bufferOf(audio: AudioContext, run: Run): AudioBuffer {
  let buffer = buffers.get(run);
  if (!buffer) {
    buffer = audio.createBuffer(run.channels.length, run.channels[0]!.length, run.rateHz);
    run.channels.forEach((samples, i) => buffer!.copyToChannel(samples as Float32Array<ArrayBuffer>, i));
    buffers.set(run, buffer);
  }
  return buffer;
}
