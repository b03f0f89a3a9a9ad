import { t } from '@grafana/i18n';

import { type DeviceRow, type InterfaceRow } from '../../figures/standing';
import { type Verdict } from '../../view/Answer';
import { bitRate, clock, percent } from '../../view/format';
import { BUSY, ERRORS, greater, SATURATED } from '../../view/load';
import { isRecent } from '../../view/recent';
import { shownState } from '../../view/state';

const plain = { interpolation: { escapeValue: false } };

/** Whether what was measured last at the interface is its present: it was lately, and its device still answers. */
export function isPresent(row: Pick<InterfaceRow, 'last_measured'>, device: DeviceRow | undefined, now: number): boolean {
  return isRecent(row.last_measured, now) && !(device && UNREACHED.includes(shownState(device.state, device.cause)));
}

const UNREACHED = ['down', 'unreachable'];

/** How the interface is: whether it is up, how full, and whether it loses what it carries. `device` is the one it is at, where it is known. */
export function interfaceVerdict(row: InterfaceRow, device: DeviceRow | undefined, timeZone: string, now: number): Verdict {
  const words = {
    name: `${row.device} ${row.interface}`,
    in: bitRate(row.last_in_bps),
    out: bitRate(row.last_out_bps),
    percent: percent(row.last_utilization_pct),
    capacity: capacityText(row),
    time: clock(row.last_measured, timeZone, now),
    ...plain,
  };
  const lineDown = row.oper_state === 'down' || row.oper_state === 'lower layer down';
  const answers = !device || ['up', 'degraded'].includes(shownState(device.state, device.cause));
  // A line that is down may have nothing to measure; what its device says of it counts as long as it answers.
  if (!isPresent(row, device, now) && !(lineDown && answers)) {
    return { state: 'unknown', text: `${staleText(row, words)} ${deviceText(device, timeZone, now)}`.trim(), quiet: true };
  }
  if (lineDown) {
    return { state: 'down', text: t('interface.verdict.down', '{{name}} is down: the device says that its line is.', words) };
  }
  const load = row.last_utilization_pct;
  const errors = greater(row.last_in_error_pct, row.last_out_error_pct);
  const lossy = errors !== null && errors > ERRORS;
  let text: string;
  if (load === null) {
    text = t('interface.verdict.no-speed', '{{name}} carries {{in}} in and {{out}} out now; its speed is not known.', words);
  } else if (load >= SATURATED) {
    text = t('interface.verdict.full', '{{name}} is full: {{percent}} of {{capacity}} (in {{in}}, out {{out}}).', words);
  } else {
    text = t('interface.verdict.load', '{{name}} carries {{in}} in and {{out}} out now, {{percent}} of {{capacity}}.', words);
  }
  if (lossy) {
    text = `${text} ${t('interface.verdict.errors', '{{errors}} of its packets are in error.', { errors: percent(errors), ...plain })}`;
  }
  return { state: (load ?? 0) >= BUSY || lossy ? 'degraded' : 'up', text };
}

function staleText(row: InterfaceRow, words: Record<string, unknown>): string {
  return row.last_measured === null
    ? t('interface.verdict.never', '{{name}} has not been measured within the last day.', words)
    : t('interface.verdict.stale', '{{name}} has not been measured since {{time}}; then it carried {{in}} in and {{out}} out.', words);
}

/** Why nothing is measured, where that is known. */
function deviceText(device: DeviceRow | undefined, timeZone: string, now: number): string {
  if (!device) {
    return '';
  }
  const words = { device: device.device, time: clock(device.since, timeZone, now), ...plain };
  switch (shownState(device.state, device.cause)) {
    case 'down':
      return t('interface.verdict.device-down', '{{device}} has been down since {{time}}.', words);
    case 'unreachable':
      return t('interface.verdict.device-unreachable', '{{device}} has been unreachable since {{time}}: a device on the way is down.', words);
    case 'unknown':
      return t('interface.verdict.device-unknown', 'Nothing is known of {{device}} since {{time}}.', words);
    default:
      return '';
  }
}

/** What the link can carry: once where both ways are alike. */
export function capacityText(row: Pick<InterfaceRow, 'in_capacity_bps' | 'out_capacity_bps'>): string {
  const into = bitRate(row.in_capacity_bps);
  const out = bitRate(row.out_capacity_bps);
  return into === out ? into : t('interface.both-ways', '{{in}} in, {{out}} out', { in: into, out, ...plain });
}
