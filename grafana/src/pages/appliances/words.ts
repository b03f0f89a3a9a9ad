import { t } from '@grafana/i18n';

import { type ApplianceRow } from '../../figures/standing';
import { bytes, count, duration } from '../../view/format';
import { type Trouble } from './trouble';

const plain = { interpolation: { escapeValue: false } };

/** A trouble in words. */
export function troubleWord(trouble: Trouble): string {
  switch (trouble) {
    case 'never':
      return t('appliances.never', 'Never heard of');
    case 'silent':
      return t('appliances.silent', 'Silent');
    case 'refused':
      return t('appliances.refused', 'Clock too wrong');
    case 'dropping':
      return t('appliances.dropping', 'Has lost data');
    case 'behind':
      return t('appliances.behind', 'Behind');
    case 'clock':
      return t('appliances.clock-off', 'Clock off');
    case 'none':
      return t('appliances.fine', 'Reporting');
  }
}

/** What to do about it; empty where there is nothing to do. */
export function troubleRemedy(trouble: Trouble): string {
  switch (trouble) {
    case 'never':
      return t('appliances.never-remedy', 'Start mimamori poll there, with an uplink that reaches the centre.');
    case 'silent':
      return t('appliances.silent-remedy', 'See whether it runs and reaches the centre. What it measures meanwhile it sends later.');
    case 'refused':
      return t('appliances.refused-remedy', 'Set its clock and see that a time service keeps it: what it measures is not taken.');
    case 'dropping':
      return t('appliances.dropping-remedy', 'Its disk space was used up while it waited for the centre. Give the spool more room, or the uplink more bandwidth.');
    case 'behind':
      return t('appliances.behind-remedy', 'Its uplink is too slow or was away. What waits is sent in order.');
    case 'clock':
      return t('appliances.clock-remedy', 'Set its clock and see that a time service keeps it: measurements stand at the wrong time.');
    case 'none':
      return '';
  }
}

/** What waits for the uplink: "12 MiB, oldest 3 min". */
export function backlogText(row: ApplianceRow, now: number): string | null {
  if (row.backlog_bytes === null) {
    return null;
  }
  if (row.backlog_oldest === null) {
    return t('appliances.no-backlog', 'nothing waits');
  }
  return t('appliances.backlog', '{{size}}, oldest {{age}}', { size: bytes(row.backlog_bytes), age: duration(now - row.backlog_oldest), ...plain });
}

/** How its clock stands against the centre's. */
export function clockText(row: ApplianceRow): string | null {
  const offset = row.clock_offset_ms;
  if (offset === null) {
    return row.silent ? null : t('appliances.clock-right', 'right');
  }
  const by = Math.abs(offset) < 1000 ? t('appliances.milliseconds', '{{ms}} ms', { ms: count(Math.abs(offset)) }) : duration(Math.abs(offset));
  return offset < 0 ? t('appliances.clock-behind', '{{by}} behind', { by, ...plain }) : t('appliances.clock-ahead', '{{by}} ahead', { by, ...plain });
}
