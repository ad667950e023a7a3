import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

// The one inline style Kit writes (its route announcer, hidden from sight). Naming its hash keeps
// every other style attribute forbidden.
const kitAnnouncerStyle = 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo=';

export default defineConfig({
  build: {
    rolldownOptions: {
      treeshake: {
        // The rules are pure: a page that takes only their words does not carry the list of signs.
        moduleSideEffects: [{ test: /\/rules\/src\//, sideEffects: false }],
      },
    },
  },
  plugins: [
    sveltekit({
      adapter: adapter({ precompress: true }),
      compilerOptions: { runes: true },
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          'style-src-attr': ['unsafe-hashes', kitAnnouncerStyle],
          'img-src': ['self', 'data:'],
          'connect-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'frame-ancestors': ['none'],
          'form-action': ['self'],
          'require-trusted-types-for': ['script'],
          'trusted-types': ['svelte-trusted-html'],
        },
      },
      // A new build must not reload a half-filled report: pages never poll for a version.
      version: { pollInterval: 0 },
    }),
  ],
});
