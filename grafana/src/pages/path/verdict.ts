import { t } from '@grafana/i18n';

import { type PathRow } from '../../figures/standing';
import { type Verdict } from '../../view/Answer';
import { clock, fixed, milliseconds, percent } from '../../view/format';
import { FAIR_MOS, POOR_MOS } from '../../view/load';
import { isRecent } from '../../view/recent';
import { bandWord } from './band';

const plain = { interpolation: { escapeValue: false } };

/** How calls on the path sound, and what spoils them. `poorSince` is since when it has been below 3.1 without a break. */
export function pathVerdict(row: PathRow, poorSince: number | null, timeZone: string, now: number): Verdict {
  const words = {
    path: row.path,
    time: clock(row.minute, timeZone, now),
    mos: fixed(row.mos, 1),
    band: bandWord(row.band),
    loss: percent(row.loss_pct),
    delay: milliseconds(row.delay_ms),
    since: clock(poorSince, timeZone, now),
    ...plain,
  };
  if (row.minute === null) {
    return { state: 'unknown', text: t('path.verdict.never', '"{{path}}" was not measured in this time.', words), quiet: true };
  }
  if (!isRecent(row.minute, now)) {
    return {
      state: 'unknown',
      text: row.mos === null ? t('path.verdict.stale', '"{{path}}" has not been measured since {{time}}.', words) : t('path.verdict.stale-mos', '"{{path}}" has not been measured since {{time}}; then its MOS was {{mos}}.', words),
      quiet: true,
    };
  }
  if (row.mos === null) {
    if (row.loss_pct !== null && row.loss_pct >= 100) {
      return { state: 'down', text: t('path.verdict.silent', 'Nothing comes back on "{{path}}": no call can be made.', words) };
    }
    return { state: 'up', text: t('path.verdict.no-codec', '"{{path}}" has no codec, and so no MOS: {{loss}} loss, {{delay}} delay.', words) };
  }
  const { mos } = row;
  if (mos < POOR_MOS) {
    return {
      state: 'degraded',
      text:
        poorSince === null
          ? t('path.verdict.poor', 'Calls on "{{path}}" sound bad: MOS {{mos}} ({{band}}), {{loss}} loss, {{delay}} delay.', words)
          : t('path.verdict.poor-since', 'Calls on "{{path}}" have sounded bad since {{since}}: MOS {{mos}} ({{band}}), {{loss}} loss, {{delay}} delay.', words),
    };
  }
  if (mos < FAIR_MOS) {
    return { state: 'degraded', text: t('path.verdict.fair', 'Calls on "{{path}}" sound only fair: MOS {{mos}} ({{band}}), {{loss}} loss, {{delay}} delay.', words) };
  }
  return { state: 'up', text: t('path.verdict.good', 'Calls on "{{path}}" sound good: MOS {{mos}} ({{band}}).', words) };
}
