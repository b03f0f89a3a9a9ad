// Builds the app, the nested data source and the panels as AMD modules, the way
// Grafana's plugin loader takes them. Everything Grafana shares stays outside.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import CopyPlugin from 'copy-webpack-plugin';
import { EsbuildPlugin } from 'esbuild-loader';

const root = path.dirname(fileURLToPath(import.meta.url));
const src = path.join(root, 'src');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

// Browsers keep module.js for an hour by the version that Grafana asks for it with. After an update that
// kept its number they would ask the new plugin for chunks of the old one: what was built is in the version.
const sources = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const built = createHash('sha256');
for (const file of [...sources.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort(), path.join(root, 'package-lock.json')]) {
  built.update(`${path.relative(root, file)}\n`).update(readFileSync(file));
}
const versionBuilt = `${version}+${built.digest('hex').slice(0, 8)}`;

// SOURCE_DATE_EPOCH keeps a rebuild of the same source byte for byte the same.
const builtAt = process.env.SOURCE_DATE_EPOCH ? new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000) : new Date();
const today = builtAt.toISOString().slice(0, 10);

const shared = [
  '@emotion/css', '@emotion/react', 'd3', 'i18next', 'jquery', 'lodash', 'moment', 'prismjs',
  'react', 'react/jsx-runtime', 'react-dom', 'react-redux', 'redux', 'react-router', 'rxjs',
  '@grafana/data', '@grafana/runtime', '@grafana/ui',
  /^@grafana\/(data|runtime|ui)\/unstable$/,
];

const stamp = (content) => content.toString().replaceAll('%VERSION%', versionBuilt).replaceAll('%TODAY%', today);

export default (env) => {
  const production = Boolean(env.production);
  return {
    mode: production ? 'production' : 'development',
    devtool: production ? 'source-map' : 'eval-source-map',
    context: src,
    entry: {
      module: './module.tsx',
      'datasource/module': './datasource/module.ts',
      'panels/strip/module': './panels/strip/module.ts',
      'panels/brand/module': './panels/brand/module.ts',
      'panels/tile/module': './panels/tile/module.ts',
    },
    externals: shared,
    output: {
      // The binary of the data source is built into the same folder by go build.
      clean: { keep: /gpx_mimamori|go_plugin_build_manifest/ },
      path: path.join(root, 'dist'),
      filename: '[name].js',
      chunkFilename: 'chunks/[name].[contenthash:12].js',
      library: { type: 'amd' },
      publicPath: 'public/plugins/mimamori-noc-app/',
      uniqueName: 'mimamori-noc-app',
    },
    resolve: { extensions: ['.ts', '.tsx', '.mjs', '.js'] },
    module: {
      rules: [
        { test: /\.tsx?$/, loader: 'esbuild-loader', options: { target: 'es2021', jsx: 'automatic' } },
        { test: /\.svg$/, type: 'asset/inline' },
        // Published packages import without extensions though they call themselves modules.
        { test: /\.m?js$/, resolve: { fullySpecified: false } },
      ],
    },
    optimization: {
      minimizer: [new EsbuildPlugin({ target: 'es2021', legalComments: 'none' })],
      chunkIds: 'named',
      // The app, the data source and the panels live in one browser and take up each other's chunks:
      // a module must have the same exports in all of them, whichever brought it first.
      usedExports: 'global',
    },
    performance: { hints: false },
    plugins: [
      new CopyPlugin({
        patterns: [
          { from: '**/plugin.json', transform: stamp },
          { from: '**/img/*.svg' },
          { from: 'locales/**/*.json' },
          { from: '../README.md' },
          { from: '../CHANGELOG.md' },
          { from: '../../LICENSE', to: '[name]' },
          ...(existsSync(path.join(src, 'dashboards')) ? [{ from: 'dashboards/**/*.json' }] : []),
        ],
      }),
    ],
    cache: { type: 'filesystem', cacheDirectory: path.join(root, 'node_modules/.cache/webpack'), buildDependencies: { config: [fileURLToPath(import.meta.url)] } },
    stats: 'errors-warnings',
  };
};
