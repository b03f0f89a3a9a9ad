import { t } from '@grafana/i18n';

import { type Row } from '../../figures/rows';

/** A row of `blindspots`: what is not seen, and why. */
export interface Spot extends Row {
  customer: string;
  site: string;
  device: string | null;
  appliance: string | null;
  address: string | null;
  what: string | null;
  reason: string | null;
  state: string | null;
  since: number | null;
  last_good: number | null;
  devices: number | null;
  faults: string | null;
  detail: string | null;
  remedy: string | null;
}

/** What a poll failed with, in words: the poller's own sentence, but for what only its library says. */
export function detailText(detail: string | null): string {
  const said = (detail ?? '').replace(/^ask \S+: /, '');
  if (/context deadline exceeded|i\/o timeout|^no answer in time/.test(said)) {
    return t('blind.detail-timeout', 'no answer in time');
  }
  if (/connection refused/.test(said)) {
    return t('blind.detail-refused', 'the host says that nothing listens there');
  }
  if (/no route to host|network is unreachable/.test(said)) {
    return t('blind.detail-no-way', 'the network has no way to it');
  }
  if (/no such host|server misbehaving/.test(said)) {
    return t('blind.detail-name', 'its name does not resolve');
  }
  return /context canceled/.test(said) ? '' : said;
}
