import { t } from '@grafana/i18n';

/** The cause of a state in words; one that is not known here as the store tells it. */
export function causeText(cause: unknown): string {
  switch (cause) {
    case 'no answer':
      return t('cause.no-answer', 'no answer to pings');
    case 'unreachable':
      return t('cause.unreachable', 'a device on the way is down');
    case 'reboot':
      return t('cause.reboot', 'reboot');
    case 'silent':
      return t('cause.silent', 'nobody reports');
    case 'packet loss':
      return t('cause.loss', 'packet loss');
    default:
      return typeof cause === 'string' ? cause : '';
  }
}
