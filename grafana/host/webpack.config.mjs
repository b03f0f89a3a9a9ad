// Builds the page that stands in for Grafana: once, with everything that Grafana shares
// with its plugins, in the versions of Grafana 12.3.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import CopyPlugin from 'copy-webpack-plugin';
import { EsbuildPlugin } from 'esbuild-loader';

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, '../node_modules');
const inGrafana = (...parts) => path.join(modules, '@grafana', ...parts);
const font = (name) => path.join(modules, '@fontsource-variable', name, `files/${name}-latin-wght-normal.woff2`);

export default {
  mode: 'production',
  devtool: false,
  context: path.join(here, 'src'),
  entry: { host: './main.ts' },
  output: {
    clean: true,
    path: path.join(here, '../dist-host'),
    filename: '[name].js',
    chunkFilename: '[name].[contenthash:12].js',
    publicPath: '/public/build/',
    uniqueName: 'mimamori-host',
  },
  resolve: {
    extensions: ['.ts', '.tsx', '.mjs', '.js'],
    alias: {
      // What Grafana itself imports of its packages and does not publish an entry for.
      '@grafana/runtime/components': inGrafana('runtime/dist/esm/components'),
      '@grafana/i18n/internal$': inGrafana('i18n/dist/esm/i18n.mjs'),
      // Grafana's own router is of version 5, with the API of version 6 on top of it.
      'react-router-dom$': inGrafana('ui/node_modules/react-router-dom'),
    },
    fallback: { path: false, fs: false },
  },
  module: {
    rules: [
      { test: /\.tsx?$/, loader: 'esbuild-loader', options: { target: 'es2022', jsx: 'automatic' } },
      { test: /\.m?js$/, resolve: { fullySpecified: false } },
      // SystemJS takes the page's own AMD and CommonJS for its own otherwise.
      { test: /node_modules\/systemjs\//, parser: { amd: false, commonjs: false, system: false } },
      { test: /\.css$/, type: 'asset/source' },
    ],
  },
  optimization: { minimizer: [new EsbuildPlugin({ target: 'es2022', legalComments: 'none' })] },
  performance: { hints: false },
  plugins: [
    new CopyPlugin({
      patterns: [
        { from: 'index.html' },
        { from: inGrafana('ui/dist/public/img'), to: 'img' },
        // Icons that Grafana has and its package lacks, drawn anew.
        { from: path.join(here, 'icons'), to: 'img/icons' },
        // The typefaces under the names that Grafana's styles ask for.
        ...['Inter-Regular', 'Inter-Medium'].map((name) => ({ from: font('inter'), to: `fonts/inter/${name}.woff2` })),
        { from: font('roboto-mono'), to: 'fonts/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2' },
      ],
    }),
  ],
  cache: { type: 'filesystem', cacheDirectory: path.join(modules, '.cache/webpack-host'), buildDependencies: { config: [fileURLToPath(import.meta.url)] } },
  stats: 'errors-warnings',
};
