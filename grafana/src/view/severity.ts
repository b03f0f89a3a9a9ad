import { t } from '@grafana/i18n';

import { SEVERITIES, type Severity } from '../datasource/alarms';

/** Reads a severity; one that is not known is taken for the gravest, never for nothing. */
export function severityOf(text: unknown): Severity {
  return SEVERITIES.includes(text as Severity) ? (text as Severity) : 'critical';
}

/** The severity in a word. */
export function severityWord(severity: Severity): string {
  switch (severity) {
    case 'critical':
      return t('severity.critical', 'Critical');
    case 'major':
      return t('severity.major', 'Major');
    case 'minor':
      return t('severity.minor', 'Minor');
    case 'warning':
      return t('severity.warning', 'Warning');
  }
}

/** Ink on the page's ground, 4.5:1 at least: on a dark one, on a light one. */
export const SEVERITY_INKS: Record<Severity, [dark: string, light: string]> = {
  critical: ['#ff7383', '#b8142a'],
  major: ['#ff9c6a', '#a8430c'],
  minor: ['#f2b33d', '#8a5a00'],
  warning: ['#7fb2ff', '#1d57b0'],
};
