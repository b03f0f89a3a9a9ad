import { t } from '@grafana/i18n';

import { type State } from '../../view/state';

/** Severity of a line of the log (RFC 5424) in a word. */
export function severityWord(severity: number | null): string {
  switch (severity) {
    case 0:
      return t('severity.emergency', 'Emergency');
    case 1:
      return t('severity.alert', 'Alert');
    case 2:
      return t('severity.critical', 'Critical');
    case 3:
      return t('severity.error', 'Error');
    case 4:
      return t('severity.warning', 'Warning');
    case 5:
      return t('severity.notice', 'Notice');
    case 6:
      return t('severity.info', 'Info');
    case 7:
      return t('severity.debug', 'Debug');
    default:
      return t('severity.unknown', 'Not told');
  }
}

/** How grave it is, as a state to draw: error and worse, warning, all else. */
export function severityState(severity: number | null): State {
  return severity === null ? 'unknown' : severity <= 3 ? 'down' : severity === 4 ? 'degraded' : 'empty';
}
