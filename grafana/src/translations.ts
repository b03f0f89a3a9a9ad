import { initPluginTranslations, type ResourceLoader } from '@grafana/i18n';

import { APP_ID } from './ids';

const load: ResourceLoader = async (language) => {
  const texts =
    language === 'ja-JP'
      ? await import('./locales/ja-JP/mimamori-noc-app.json')
      : await import('./locales/en-US/mimamori-noc-app.json');
  return texts.default;
};

let prepared: Promise<unknown> | undefined;

/**
 * Loads the texts in the user's language, once. App, data source and panels share one set of
 * texts under the app's id; whatever shows text is a lazy component that waits for this.
 * Any language but Japanese gets English.
 */
export function prepareTranslations(): Promise<unknown> {
  prepared ??= initPluginTranslations(APP_ID, [load]);
  return prepared;
}
