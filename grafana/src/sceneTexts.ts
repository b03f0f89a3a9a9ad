import { initPluginTranslations } from '@grafana/i18n';
import { loadResources } from '@grafana/scenes';

import { APP_ID } from './ids';

/** Loads the texts of the time and refresh pickers, which the library of the pages brings with it. */
export function prepareSceneTexts(): Promise<unknown> {
  return initPluginTranslations(APP_ID, [loadResources]);
}
