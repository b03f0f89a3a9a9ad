import { t } from '@grafana/i18n';

import { availability, BLANK, count, duration, fixed } from '../../view/format';
import { type Verdict } from '../../view/Answer';
import { type Grouping, type Overall, rowNames, type ServiceRow } from './service';

const plain = { interpolation: { escapeValue: false } };

/** What there is a row for, in a word. */
export function groupingWord(by: Grouping): string {
  switch (by) {
    case 'customer':
      return t('column.customer', 'Customer');
    case 'site':
      return t('column.site', 'Site');
    case 'device':
      return t('column.device', 'Device');
    case 'group':
      return t('availability.group', 'Service group');
  }
}

/** Seconds as a length of time. */
export function seconds(value: number | null): string {
  return duration(value === null ? null : value * 1000);
}

/** "3.2 nines"; of time without downtime there are none to count. */
export function ninesText(row: ServiceRow): string {
  return row.availability_pct !== null && row.down_s === 0 ? t('availability.no-downtime', 'no downtime') : fixed(row.nines, 2);
}

/** Why time does not count, in the reader's language as far as the reason is the product's own. */
export function excludedText(why: string | null): string {
  if (!why) {
    return '';
  }
  return why
    .split('; ')
    .map((each) => {
      const [, reason, length] = /^(.*?)( [\d.e+-]+ s)?$/.exec(each) ?? [];
      return reasonText(reason ?? each) + (length ?? '');
    })
    .join('; ');
}

function reasonText(reason: string): string {
  const maintenance = /^maintenance: (.*)$/s.exec(reason);
  if (maintenance) {
    return t('availability.why-maintenance', 'maintenance: {{why}}', { why: maintenance[1], ...plain });
  }
  switch (reason) {
    case 'maintenance':
      return t('availability.why-window', 'maintenance');
    case 'outside hours':
      return t('availability.why-hours', 'outside hours');
    case 'unknown':
      return t('availability.why-unknown', 'unknown');
    case 'degraded counts as up':
      return t('availability.why-degraded', 'degraded counts as up');
    default:
      return reason;
  }
}

/** The page's answer: what was promised and not kept, else the lowest. */
export function verdictOf(rows: ServiceRow[], all: Overall, by: Grouping): Verdict {
  const [worst] = rows;
  if (!worst || worst.availability_pct === null) {
    return { state: 'unknown', text: t('availability.verdict-unknown', 'Nothing is known of this time: there is no figure.') };
  }
  const values = { missed: count(all.missed), promised: count(all.promised), all: count(rows.length), name: rowNames(worst, by).join(' / '), figure: availability(worst.availability_pct), target: availability(worst.target_pct), down: downText(worst, by), ...plain };
  if (all.missed > 0) {
    return { state: 'down', text: t('availability.verdict-missed', 'Not kept: {{missed}} of {{promised}} promises. The worst: {{name}} with {{figure}} of {{target}}; {{down}}.', values) };
  }
  if (all.promised > 0 && all.unjudged > 0) {
    return { state: 'unknown', quiet: true, text: t('availability.verdict-unjudged', 'Promises kept as far as is known: {{promised}}. Of {{unjudged}} more nothing is known. The lowest: {{name}} with {{figure}}.', { ...values, unjudged: count(all.unjudged) }) };
  }
  if (all.promised > 0) {
    return { state: 'up', text: t('availability.verdict-kept', 'Every promise was kept ({{promised}}). The lowest: {{name}} with {{figure}}.', values) };
  }
  return all.down > 0
    ? { state: 'degraded', text: t('availability.verdict-lowest', 'The lowest of {{all}}: {{name}} with {{figure}}; {{down}}.', values) }
    : all.unseen > 0
      ? { state: 'unknown', quiet: true, text: t('availability.verdict-unseen', 'Nothing was down of what is known. Of {{unseen}} of {{all}} nothing is known.', { ...values, unseen: count(all.unseen) }) }
      : { state: 'up', text: t('availability.verdict-none', 'Nothing of what counts was down.') };
}

/** How long something was down. What has many devices was not down as long as they were together. */
function downText(row: ServiceRow, by: Grouping): string {
  return by === 'device' || by === 'group' ? t('availability.down-for', 'down for {{downtime}}', { downtime: seconds(row.down_s), ...plain }) : deviceTimeText(row.outage_count, row.down_s, row.longest_s);
}

/** Downtime of many devices, given in seconds: added up it is longer than any of them was down. */
export function deviceTimeText(outages: number | null, down: number | null, longest: number | null): string {
  const words = { outages: count(outages), downtime: seconds(down), longest: seconds(longest), ...plain };
  return outages === 1 ? t('availability.device-time-one', '1 outage of {{downtime}}', words) : t('availability.device-time', '{{outages}} outages, {{downtime}} of device-time; the longest {{longest}}', words);
}

/** The same where the sum stands beside it. */
export function longestText(outages: number | null, longest: number | null): string {
  const words = { outages: count(outages), longest: seconds(longest), ...plain };
  return outages === 0 ? t('availability.no-outage', 'no outage') : outages === 1 ? t('availability.outage-one', 'in 1 outage') : t('availability.longest-of', 'of device-time in {{outages}} outages; the longest {{longest}}', words);
}

/** A target and whether it was kept: "99.9 %, missed". */
export function targetText(row: ServiceRow): string {
  if (row.target_pct === null) {
    return BLANK;
  }
  const target = availability(row.target_pct);
  switch (row.met) {
    case 'yes':
      return t('availability.met', '{{target}}, kept', { target, ...plain });
    case 'no':
      return t('availability.missed', '{{target}}, missed', { target, ...plain });
    default:
      return target;
  }
}
