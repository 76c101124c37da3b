// Pictures for the fixture: a grey scene with the frame code of the bench rig at the top left, made JPEG by ffmpeg.
import { spawn } from 'node:child_process';
import { cube, joints, tool } from './scene.mjs';

const W = 640;
const H = 480;

function crc16(bytes) {
  let crc = 0xffff;
  for (const b of bytes) { crc ^= b << 8; for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff; }
  return crc;
}

function code(pixels, camera, frame) {
  const body = [camera, (frame >>> 24) & 255, (frame >>> 16) & 255, (frame >>> 8) & 255, frame & 255];
  const crc = crc16(body);
  const bits = [...body, crc >> 8, crc & 255].flatMap((b) => [...Array(8).keys()].map((i) => (b >> (7 - i)) & 1));
  for (let row = 0; row < 2; row++) for (let column = 0; column < 32; column++) {
    const one = column < 4 ? ((column + row) & 1) === 0 : bits[row * 28 + column - 4] === 1;
    for (let y = row * 16; y < row * 16 + 16; y++) pixels.fill(one ? 255 : 0, (y * W + column * 16) * 3, (y * W + column * 16 + 16) * 3);
  }
}

function disc(pixels, cx, cy, r, [red, green, blue]) {
  for (let y = Math.max(0, Math.floor(cy - r)); y < Math.min(H, cy + r); y++) for (let x = Math.max(0, Math.floor(cx - r)); x < Math.min(W, cx + r); x++) {
    if ((x - cx) ** 2 + (y - cy) ** 2 > r * r) continue;
    const at = (y * W + x) * 3;
    pixels[at] = red; pixels[at + 1] = green; pixels[at + 2] = blue;
  }
}

const base = Buffer.alloc(W * H * 3);
for (let y = 0; y < H; y++) for (let x = 0; x < W; x++) {
  const table = y > 190;
  const chequer = table && ((Math.floor(x / 40) + Math.floor(y / 40)) & 1);
  base.set(table ? (chequer ? [160, 144, 120] : [140, 123, 102]) : [184, 196, 206], (y * W + x) * 3);
}

function picture(camera, frame, seconds) {
  const pixels = Buffer.from(base);
  const at = (p) => camera === 0 ? [320 + p[1] * 620, 400 - p[2] * 560 + p[0] * 60] : [320 + p[1] * 900, 440 - p[2] * 300 - p[0] * 500];
  const t = tool(joints(seconds)).p;
  const [bx, by] = at([0, 0, 0.12]);
  const [tx, ty] = at(t);
  for (let i = 0; i <= 40; i++) disc(pixels, bx + (tx - bx) * (i / 40), by + (ty - by) * (i / 40) - 90 * Math.sin((Math.PI * i) / 40), 13, i % 14 < 7 ? [224, 138, 43] : [58, 64, 70]);
  const [cx, cy] = at(cube(seconds).p);
  disc(pixels, cx, cy, 17, [192, 42, 48]);
  pixels.fill(128, 0, 32 * W * 3);
  code(pixels, camera, frame);
  return pixels;
}

export async function jpegs(camera, frames) {
  const ffmpeg = spawn('ffmpeg', ['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${W}x${H}`, '-r', '30', '-i', '-', '-threads', '1', '-c:v', 'mjpeg', '-q:v', '5', '-f', 'image2pipe', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const parts = [];
  ffmpeg.stdout.on('data', (part) => parts.push(part));
  const ended = new Promise((resolve) => ffmpeg.stdout.on('end', resolve));
  for (const { number, seconds } of frames) if (!ffmpeg.stdin.write(picture(camera, number, seconds))) await new Promise((resolve) => ffmpeg.stdin.once('drain', resolve));
  ffmpeg.stdin.end();
  await ended;
  const all = Buffer.concat(parts);
  const out = [];
  for (let at = 0; at < all.length;) {
    let next = all.indexOf(Buffer.from([0xff, 0xd9]), at) + 2;
    if (next < 2) break;
    out.push(all.subarray(at, next));
    at = next;
  }
  return out;
}
