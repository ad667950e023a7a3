import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'e2e/**/*.test.ts'],
    globalSetup: ['e2e/demo-server.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // One demo school and one browser's worth of memory: the files run one after another.
    fileParallelism: false,
  },
});
