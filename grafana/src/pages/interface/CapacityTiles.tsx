import { t } from '@grafana/i18n';

import { type Row } from '../../figures/rows';
import { Tiles } from '../../view/Columns';
import { FigureTile } from '../../view/FigureTile';
import { bitRate, count, percent } from '../../view/format';
import { loadState } from '../../view/load';

/** A row of `capacity`. */
export interface CapacityRow extends Row {
  p95_in_bps: number | null;
  p95_out_bps: number | null;
  p95_pct: number | null;
  busy_hour: string | null;
  busy_hour_bps: number | null;
  growth_pct_per_day: number | null;
  full_at_pct: number | null;
  days_until_full: number | null;
  samples: number | null;
  missing_samples: number | null;
  remarks: string | null;
}

/** Days until the link is full that leave no time to order a bigger one. */
const SOON = 60;

/** What the link is used at, when most, and when it will be full. */
export function CapacityTiles({ row }: { row: CapacityRow }) {
  const days = row.days_until_full;
  const plain = { interpolation: { escapeValue: false } };
  return (
    <Tiles>
      <FigureTile
        label={t('capacity.p95', '95th percentile')}
        value={row.p95_pct === null ? bitRate(row.p95_in_bps) : percent(row.p95_pct)}
        state={loadState(row.p95_pct)}
        hint={row.p95_in_bps === null ? row.remarks : t('capacity.p95-both', 'in {{in}}, out {{out}}', { in: bitRate(row.p95_in_bps), out: bitRate(row.p95_out_bps), ...plain })}
      />
      <FigureTile label={t('capacity.busy-hour', 'Busy hour')} value={row.busy_hour ?? '\u2013'} hint={row.busy_hour && t('capacity.busy-mean', '{{rate}} in and out together', { rate: bitRate(row.busy_hour_bps), ...plain })} />
      <FigureTile
        label={t('capacity.full', 'Days until full')}
        value={days === null ? '\u2013' : count(days)}
        state={days === null ? undefined : days <= SOON ? 'degraded' : 'up'}
        hint={days === null ? remark(row.remarks) : t('capacity.growth', 'growing by {{growth}} of its capacity a day', { growth: percent(row.growth_pct_per_day), ...plain })}
      />
    </Tiles>
  );
}

/** Why there is no day, in the user's language where it is one of the usual reasons. */
export function remark(remarks: string | null): string | null {
  const few = /^(\d+) days with enough measurements, (\d+) needed$/.exec(remarks ?? '');
  if (few) {
    return t('capacity.few-days', 'measured well on {{days}} days, it takes {{needed}}', { days: few[1], needed: few[2] });
  }
  switch (remarks) {
    case 'not growing':
      return t('capacity.not-growing', 'its use does not grow');
    case 'not within ten years':
      return t('capacity.ten-years', 'not within ten years');
    case 'the speed is not known':
      return t('capacity.no-speed', 'its speed is not known');
    case 'not measured':
      return t('capacity.not-measured', 'not measured');
    default:
      return remarks;
  }
}
