import { t } from '@grafana/i18n';

import { type ApplianceRow, type DeviceRow } from '../../figures/standing';
import { type Standing } from '../../figures/types';
import { type Verdict } from '../../view/Answer';
import { clock, count } from '../../view/format';
import { stateOf } from '../../view/state';
import { worstText } from '../../view/worst';
import { type Alarm, applianceAlarms, deviceAlarms } from '../alarms/alarms';
import { outagePlace } from '../site/outages';

const plain = { interpolation: { escapeValue: false } };

/** What is out of a customer's: what is unreachable or unknown behind one cause stands with that; the oldest of a state first. */
export function outagesOf(devices: DeviceRow[], appliances: ApplianceRow[]): Alarm[] {
  return [...deviceAlarms(devices, appliances).alarms, ...applianceAlarms(appliances)].sort(
    (a, b) => outagePlace(a.state) - outagePlace(b.state) || b.takes - a.takes || (a.since ?? Infinity) - (b.since ?? Infinity) || a.key.localeCompare(b.key)
  );
}

/** How a customer stands, in one sentence: what troubles it most comes first. */
export function customerVerdict(row: Standing, timeZone: string, now: number): Verdict {
  const state = stateOf(row.state);
  const words = { customer: row.customer, text: worstText(row), up: count(row.up), devices: count(row.devices), time: clock(row.since, timeZone, now), ...plain };
  if (state === 'empty') {
    return { state, text: t('customer.verdict.empty', 'Nothing is watched of {{customer}} yet.', words) };
  }
  if (state === 'up' || words.text === '') {
    return { state, text: t('customer.verdict.up', 'Nothing troubles {{customer}}: {{up}} of {{devices}} devices are up.', words) };
  }
  return {
    state,
    text:
      row.since === null
        ? t('customer.verdict.worst', '{{text}}. {{up}} of {{devices}} devices are up.', words)
        : t('customer.verdict.worst-since', '{{text}}, since {{time}}. {{up}} of {{devices}} devices are up.', words),
  };
}
