import { t } from '@grafana/i18n';

import { BLANK } from '../../view/format';

/** How callers take it, in the words of ITU-T G.109. */
export function bandWord(band: string | null | undefined): string {
  switch (band) {
    case 'very satisfied':
      return t('band.very-satisfied', 'very satisfied');
    case 'satisfied':
      return t('band.satisfied', 'satisfied');
    case 'some dissatisfied':
      return t('band.some', 'some dissatisfied');
    case 'many dissatisfied':
      return t('band.many', 'many dissatisfied');
    case 'nearly all dissatisfied':
      return t('band.nearly-all', 'nearly all dissatisfied');
    case 'not recommended':
      return t('band.not-recommended', 'not fit for calls');
    default:
      return band || BLANK;
  }
}
