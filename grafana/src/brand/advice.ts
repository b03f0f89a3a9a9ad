import { t } from '@grafana/i18n';

import { contrast, GROUND, readable, TEXT_CONTRAST } from './contrast';

/** What to say of an accent that does not stand out enough from the ground; undefined where it does. */
export function accentAdvice(colour: string, mode: 'light' | 'dark'): string | undefined {
  const ratio = contrast(colour, GROUND[mode]);
  if (ratio >= TEXT_CONTRAST) {
    return undefined;
  }
  return t('brand.contrast', 'Contrast is {{ratio}}:1, less than the 4.5:1 of WCAG 2 AA. {{used}} is shown instead.', {
    ratio: (Math.floor(ratio * 10) / 10).toFixed(1),
    used: readable(colour, GROUND[mode]),
  });
}
