/** Ids under which Grafana knows the plugin and its parts; saved models name them, so they never change. */
export const APP_ID = 'mimamori-noc-app';
export const DATASOURCE_ID = 'mimamori-noc-datasource';

/** Where the app's pages begin. */
export const APP_ROOT = `/a/${APP_ID}`;
