import { t } from '@grafana/i18n';

import { type DeviceRow } from '../../figures/standing';
import { type Verdict } from '../../view/Answer';
import { causeText } from '../../view/cause';
import { clock, count, duration } from '../../view/format';
import { shownState, stateWord } from '../../view/state';
import { isRecent } from '../../view/recent';
import { type DeviceNode } from '../site/tree';
import { reading, type SensorRow } from './sensors';

const plain = { interpolation: { escapeValue: false } };

/** A restart less than this many milliseconds ago is worth telling. */
const LATELY = 3600_000;

/** How the device is, since when, why, and what it takes along, in one sentence. `way` are the devices it is reached through, the nearest first. */
export function deviceVerdict(row: DeviceRow, behind: number, way: DeviceNode[], timeZone: string, now: number): Verdict {
  const state = shownState(row.state, row.cause, row.maintenance);
  const time = clock(row.since, timeZone, now);
  const cause = causeText(row.cause) || t('cause.none', 'no reason was recorded');
  const words = { device: row.device, time, cause, behind: count(behind), appliance: row.appliance ?? '', ...plain };
  switch (state) {
    case 'down':
      return { state, text: tailed(row.since === null ? t('device.verdict.down', '{{device}} is down: {{cause}}', words) : t('device.verdict.down-since', '{{device}} has been down since {{time}}: {{cause}}', words), behind) };
    case 'unreachable': {
      const culprit = [...way].reverse().find((node) => node.state === 'down');
      return {
        state,
        text: culprit
          ? t('device.verdict.unreachable-through', '{{device}} cannot be reached since {{time}}, because {{culprit}} is down.', { ...words, culprit: culprit.row.device })
          : t('device.verdict.unreachable', '{{device}} cannot be reached since {{time}}: the way to it is down.', words),
      };
    }
    case 'unknown':
      return {
        state,
        text: row.since === null ? t('device.verdict.unknown', 'Nothing is known of {{device}}: {{cause}}.', words) : t('device.verdict.unknown-since', 'Nothing is known of {{device}} since {{time}}: {{cause}}.', words),
      };
    case 'degraded':
      return { state, text: t('device.verdict.degraded', '{{device}} has been degraded since {{time}}: {{cause}}.', words) };
    case 'maintenance':
      return { state, text: t('device.verdict.maintenance', '{{device}} is under maintenance; without it, it would count as: {{state}}.', { ...words, state: stateWord(shownState(row.state, row.cause)) }) };
    default: {
      const up = row.since === null ? t('device.verdict.up', '{{device}} is up.', words) : t('device.verdict.up-since', '{{device}} has been up since {{time}}.', words);
      const uptime = row.uptime_s === null ? Infinity : row.uptime_s * 1000;
      return { state, text: uptime < LATELY ? `${up} ${t('device.verdict.restarted', 'It restarted {{ago}} ago.', { ago: duration(uptime) })}` : up };
    }
  }
}

/** The answer with what the device says of its parts: a critical one is a concern even where the device is up. */
export function withSensors(verdict: Verdict, sensors: SensorRow[], now: number): Verdict {
  const critical = sensors.filter((row) => row.status === 'critical' && isRecent(row.at, now));
  if (critical.length === 0 || !['up', 'degraded'].includes(verdict.state)) {
    return verdict;
  }
  const [first] = critical;
  const words = { sensor: first.sensor, value: reading(first.value, first.unit), others: count(critical.length - 1), ...plain };
  const own = first.value === null ? t('device.verdict.sensor', '"{{sensor}}" is critical', words) : t('device.verdict.sensor-value', '"{{sensor}}" is critical, at {{value}}', words);
  const more = critical.length === 1 ? own : t('device.verdict.sensors', '{{first}}; critical as well: {{others}}', { ...words, first: own });
  return { state: 'degraded', text: `${verdict.text} ${t('device.verdict.alone', '{{sentence}}.', { sentence: more, ...plain })}` };
}

function tailed(sentence: string, behind: number): string {
  if (behind === 0) {
    return t('device.verdict.alone', '{{sentence}}.', { sentence, ...plain });
  }
  return behind === 1
    ? t('device.verdict.behind-one', '{{sentence}}; 1 device is behind it.', { sentence, ...plain })
    : t('device.verdict.behind', '{{sentence}}; {{behind}} devices are behind it.', { sentence, behind: count(behind), ...plain });
}
