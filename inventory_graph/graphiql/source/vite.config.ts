import { defineConfig } from 'vite';
import { licences } from './plugins/licences.ts';
import { sourceHash } from './plugins/source-hash.ts';
import { standIns } from './plugins/stand-ins.ts';

const notices = licences();
const smaller = standIns();

export default defineConfig({
  // The page is served at /graphql itself, its files below it: dist/assets/NAME is /graphql/assets/NAME.
  base: '/graphql/',
  plugins: [smaller.replace(), smaller.check(), notices.collect(), notices.write(), sourceHash()],
  worker: { plugins: () => [smaller.replace(), notices.collect()] },
  resolve: { alias: { 'prettier/parser-graphql': 'prettier/plugins/graphql' } },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    sourcemap: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // React's server directives mean nothing in a page; every other warning is worth reading.
      onwarn: (warning, report) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || report(warning),
    },
  },
});
