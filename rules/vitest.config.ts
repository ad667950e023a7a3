import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A thousand histories each; the machines that test are shared.
    testTimeout: 60_000,
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
