import { t } from '@grafana/i18n';

import { type Row } from '../../figures/rows';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { momentOf } from '../../view/age';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { fixed, milliseconds, percent } from '../../view/format';
import { NotNow } from '../../view/NotNow';
import { isRecent } from '../../view/recent';
import { useNow } from '../../view/useNow';
import { usePageLink } from '../links';

interface Path extends Row {
  site: string;
  path: string;
  /** The latest minute, and its MOS. */
  minute: number | null;
  mos: number | null;
  mean_mos: number | null;
  mean_loss_pct: number | null;
  mean_delay_ms: number | null;
}

/** The customer's voice paths, the worst first: their latest minute, and means over the time asked for. */
export function VoicePaths({ customer }: { customer: string }) {
  const link = usePageLink();
  const { range, timeZone } = usePageTime();
  const now = momentOf(range, useNow(30_000));
  const figure = useFigure<Path>({ figure: 'paths', customer, limit: 500 });
  const columns: Array<Column<Path>> = [
    { key: 'path', title: t('column.path', 'Path'), href: (row) => link('path', { customer, site: row.site, path: row.path }) },
    { key: 'mos', title: t('column.mos-now', 'MOS now'), figure: true, value: (row) => (isRecent(row.minute, now) ? row.mos : null), show: (row) => (isRecent(row.minute, now) ? fixed(row.mos, 2) : <NotNow at={row.minute} timeZone={timeZone} now={now} />) },
    { key: 'mean_mos', title: t('column.mos-mean', 'mean'), figure: true, show: (row) => fixed(row.mean_mos, 2) },
    { key: 'mean_loss_pct', title: t('column.loss', 'Loss'), figure: true, show: (row) => percent(row.mean_loss_pct) },
    { key: 'mean_delay_ms', title: t('column.delay', 'Delay'), figure: true, show: (row) => milliseconds(row.mean_delay_ms), minor: true },
  ];
  return (
    <FigureBlock title={t('customer.voice', 'Voice')} figure={figure} empty={<EmptyState what={t('customer.no-voice', 'No voice path was measured in this time.')} />}>
      <DataTable label={t('customer.voice', 'Voice')} columns={columns} rows={figure.rows} rowKey={(row) => `${row.site}\n${row.path}`} sorting={{ column: 'mos', descending: false }} />
    </FigureBlock>
  );
}
