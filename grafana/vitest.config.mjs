import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    // Grafana's packages are published as modules that import without extensions.
    server: { deps: { inline: [/@grafana/] } },
    setupFiles: ['./vitest.setup.mjs'],
  },
});
