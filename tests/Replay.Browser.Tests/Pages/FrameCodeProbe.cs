namespace Replay.Browser.Tests.Pages;

/// <summary>
/// Reads the frame number out of a canvas' pixels, in the page: what the person at the screen would read. Written from the comment of
/// Capture.Simulation's FrameCode; knows nothing of the page but the names of its canvases.
/// </summary>
internal static class FrameCodeProbe
{
    public const string Script = """
        window.__probe = (() => {
          function mean(image, row, column) {
            let sum = 0;
            for (let y = row * 16 + 4; y < row * 16 + 12; y++)
              for (let x = column * 16 + 4; x < column * 16 + 12; x++) sum += image.data[4 * (y * image.width + x) + 1];
            return sum / 64;
          }
          function crc16(bytes) {
            let crc = 0xffff;
            for (const byte of bytes) {
              crc ^= byte << 8;
              for (let i = 0; i < 8; i++) crc = ((crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff);
            }
            return crc;
          }
          /** The frame number, or -1 where there is none that can be trusted. */
          function read(canvas) {
            const image = canvas.getContext('2d').getImageData(0, 0, 512, 32);
            let white = 0, black = 0;
            for (let row = 0; row < 2; row++)
              for (let column = 0; column < 4; column++)
                if ((row + column) % 2 === 0) white += mean(image, row, column) / 4; else black += mean(image, row, column) / 4;
            if (white - black < 64) return -1;
            const bits = [];
            for (let row = 0; row < 2; row++) for (let column = 4; column < 32; column++) bits.push(mean(image, row, column) > (white + black) / 2 ? 1 : 0);
            const bytes = [0, 1, 2, 3, 4, 5, 6].map((i) => bits.slice(8 * i, 8 * i + 8).reduce((all, bit) => 2 * all + bit, 0));
            if (crc16(bytes.slice(0, 5)) !== 256 * bytes[5] + bytes[6]) return -1;
            return ((bytes[1] * 256 + bytes[2]) * 256 + bytes[3]) * 256 + bytes[4];
          }
          function shown() {
            const replay = window.__replay;
            const codes = {};
            for (const camera of replay.cameras) codes[camera] = read(replay.canvas(camera));
            return { time: replay.time(), drawnTime: replay.drawnTime(), codes };
          }
          /** What is on the canvases at each animation frame for so long, while an episode is open; `at` on performance.now. */
          async function watch(milliseconds) {
            const seen = [];
            const until = performance.now() + milliseconds;
            for (let at = performance.now(); at < until; at = performance.now()) {
              await new Promise(requestAnimationFrame);
              if (window.__replay) seen.push({ at: performance.now(), behind: window.__replay.behind(), codes: shown().codes });
            }
            return seen;
          }
          return { shown, watch };
        })();
        """;
}
