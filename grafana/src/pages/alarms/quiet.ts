import { t } from '@grafana/i18n';

import { type Verdict } from '../../view/Answer';

/** Nothing is raised: that is well only where what could raise an alarm is known. */
export function quietVerdict(heard: boolean, unknown: string): Verdict {
  if (heard && unknown === '') {
    return { state: 'up', text: t('alarms.verdict-quiet', 'No alarm is raised.') };
  }
  return {
    state: 'unknown',
    quiet: true,
    text: unknown ? t('alarms.verdict-quiet-unknown', 'No alarm is raised, but not all is known: {{unknown}}.', { unknown, interpolation: { escapeValue: false } }) : t('alarms.verdict-quiet-unheard', 'No alarm is raised, and nothing was heard lately.'),
  };
}
