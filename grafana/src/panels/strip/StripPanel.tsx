import type { PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useMemo } from 'react';

import { notesOf, rowsOf } from '../../figures/rows';
import { EmptyState } from '../../view/EmptyState';
import { TruncatedNotice } from '../../view/Notice';
import { StateStrip } from '../../view/StateStrip';
import { stripRows } from '../../view/strip';
import { type StripOptions } from './options';

/** Room below the rows for the axis and the line that reads a stretch out. */
const BELOW = 56;

/** The figure `states` as a panel of a dashboard. */
export default function StripPanel({ data, timeRange, timeZone, height, options }: PanelProps<StripOptions>) {
  const frames = data.series;
  const rows = useMemo(
    () => frames.flatMap((frame) => stripRows(rowsOf(frame))).map((row) => (options.showSite && row.site ? { ...row, label: `${row.site} / ${row.device}` } : row)),
    [frames, options.showSite]
  );
  const { truncated, total } = useMemo(() => notesOf(frames), [frames]);
  const known = frames.length === 0 || frames.some((frame) => frame.fields.some((field) => field.name === 'state'));
  if (!known) {
    return <EmptyState what={t('strip.other', 'These are no states.')} remedy={t('strip.other-remedy', 'Choose the figure "states" as a table in the query.')} />;
  }
  if (rows.length === 0) {
    return <EmptyState what={t('strip.empty', 'No states are known of this time.')} remedy={t('strip.empty-remedy', 'Widen the time range, or check the names in the query.')} />;
  }
  return (
    <div style={{ height, overflow: 'auto' }}>
      <StateStrip label={t('strip.label', 'States over time')} rows={rows} from={timeRange.from.valueOf()} to={timeRange.to.valueOf()} timeZone={timeZone} maxHeight={Math.max(60, height - BELOW)} rowHeight={options.rowHeight} />
      {truncated && <TruncatedNotice shown={rows.length} total={total} />}
    </div>
  );
}
