import { t } from '@grafana/i18n';

import { type InterfaceRow } from '../../figures/standing';
import { type Verdict } from '../../view/Answer';
import { bitRate, clock, percent } from '../../view/format';
import { BUSY, ERRORS, greater, SATURATED } from '../../view/load';

const plain = { interpolation: { escapeValue: false } };

/** A last poll older than this many milliseconds says nothing of now: three polls of the longest usual interval. */
const RECENTLY = 15 * 60_000;

/** How the interface is: whether it is up, how full, and whether it loses what it carries. */
export function interfaceVerdict(row: InterfaceRow, timeZone: string, now: number): Verdict {
  const words = {
    name: `${row.device} ${row.interface}`,
    in: bitRate(row.last_in_bps),
    out: bitRate(row.last_out_bps),
    percent: percent(row.last_utilization_pct),
    capacity: capacityText(row),
    time: clock(row.last_measured, timeZone, now),
    ...plain,
  };
  if (row.oper_state === 'down' || row.oper_state === 'lower layer down') {
    return { state: 'down', text: t('interface.verdict.down', '{{name}} is down: the device says that its line is.', words) };
  }
  if (row.last_measured === null) {
    return { state: 'unknown', text: t('interface.verdict.never', '{{name}} has not been measured within the last day.', words) };
  }
  if (now - row.last_measured > RECENTLY) {
    return { state: 'unknown', text: t('interface.verdict.stale', '{{name}} was measured last at {{time}}: in {{in}}, out {{out}}.', words) };
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

/** What the link can carry: once where both ways are alike. */
export function capacityText(row: Pick<InterfaceRow, 'in_capacity_bps' | 'out_capacity_bps'>): string {
  const into = bitRate(row.in_capacity_bps);
  const out = bitRate(row.out_capacity_bps);
  return into === out ? into : t('interface.both-ways', '{{in}} in, {{out}} out', { in: into, out, ...plain });
}
