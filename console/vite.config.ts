import { defineConfig, type Plugin } from 'vite';

// Nothing but this folder's own files is loaded, and nothing but nodes is talked to.
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src ws: wss:; base-uri 'none'; form-action 'none'";

// Of the built page alone: the development server puts styles into the page itself.
const policy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' }],
};

export default defineConfig({
  // So that the built folder can lie anywhere.
  base: './',
  plugins: [policy],
  build: {
    target: 'es2022',
    // @polkadot/api is most of it.
    chunkSizeWarningLimit: 2_500,
    modulePreload: { polyfill: false },
  },
});
