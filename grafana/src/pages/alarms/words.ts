import { t } from '@grafana/i18n';

import { causeText } from '../../view/cause';
import { count, fixed, percent } from '../../view/format';
import { type usePageLink } from '../links';
import { type Alarm } from './alarms';

const plain = { interpolation: { escapeValue: false } };

/** Where an alarm leads to. */
export function alarmLink(row: Alarm, link: ReturnType<typeof usePageLink>): string {
  const { customer, site } = row;
  switch (row.kind) {
    case 'device':
      return link('device', { customer, site, device: row.name });
    case 'link':
      return link('interface', { customer, site, device: row.device, interface: row.name });
    case 'path':
      return link('path', { customer, site, path: row.name });
    case 'appliance':
      return link('appliances', {}, { customer, site });
  }
}

/** What is wrong, and what it takes along. */
export function alarmText(row: Alarm): string {
  switch (row.kind) {
    case 'appliance':
      return t('alarms.appliance', 'appliance does not report; devices behind it: {{devices}}', { devices: count(row.value) });
    case 'link':
      return t('alarms.link', 'link at {{percent}}', { percent: percent(row.value), ...plain });
    case 'path':
      return t('alarms.path', 'voice path at MOS {{mos}}', { mos: fixed(row.value, 1), ...plain });
    case 'device':
      return row.takes > 0
        ? t('alarms.takes', '{{cause}}; unreachable behind it: {{takes}}', { cause: causeText(row.cause), takes: count(row.takes), ...plain })
        : causeText(row.cause);
  }
}
