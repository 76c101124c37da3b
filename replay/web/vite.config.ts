import { defineConfig } from 'vitest/config';

// `npm run dev` serves the page with a proxy to a running `replay serve`. The server answers only its own Host and Origin.
const server = process.env['REPLAY_SERVER'] ?? 'http://127.0.0.1:8087';

export default defineConfig({
  root: import.meta.dirname,
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 700 },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: server, changeOrigin: true, headers: { origin: server } } },
  },
  test: { include: ['core/**/*.test.ts', 'page/**/*.test.ts'], environment: 'node', watch: false },
});
