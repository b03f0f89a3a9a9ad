import { t } from '@grafana/i18n';

import { type Row } from '../../figures/rows';
import { usePageTime } from '../../figures/time';
import { type Figure } from '../../figures/useFigure';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { BLANK, clock } from '../../view/format';

/** A row of `maintenance`: a window with an occurrence in the time asked for. */
export interface WindowRow extends Row {
  id: string;
  customer: string;
  site: string;
  device: string;
  next_from: number | null;
  next_to: number | null;
  rule: string | null;
  why: string | null;
  reference: string | null;
  by: string | null;
  entered: number | null;
  retroactive: boolean | null;
  revised_by: string | null;
  revised_why: string | null;
  cancelled: boolean | null;
}

/** What a window covers: a device, a site, or all of a customer. */
export function covers(row: WindowRow): string {
  return [row.customer, row.site, row.device].filter(Boolean).join(' / ');
}

/** The maintenance windows of this time: what they cover does not count, by the contracts that say so. */
export function Maintenance({ figure }: { figure: Figure<WindowRow> }) {
  const { timeZone } = usePageTime();
  const columns: Array<Column<WindowRow>> = [
    { key: 'covers', title: t('availability.covers', 'Covers'), value: covers },
    { key: 'next_from', title: t('availability.from', 'From'), show: (row) => clock(row.next_from, timeZone) },
    { key: 'next_to', title: t('availability.to', 'To'), show: (row) => clock(row.next_to, timeZone) },
    { key: 'rule', title: t('availability.repeats', 'Repeats'), minor: true },
    { key: 'why', title: t('column.reason', 'Reason') },
    { key: 'reference', title: t('availability.reference', 'Reference') },
    { key: 'by', title: t('availability.entered-by', 'Entered by'), minor: true },
    { key: 'retroactive', title: t('availability.remark', 'Remark'), show: remarkText },
  ];
  return (
    <FigureBlock title={t('availability.maintenance', 'Maintenance: what was excluded, and why')} figure={figure} empty={<EmptyState what={t('availability.no-maintenance', 'There was no maintenance window in this time.')} />}>
      <DataTable label={t('availability.maintenance', 'Maintenance: what was excluded, and why')} columns={columns} rows={figure.rows} rowKey={(row) => row.id} maxHeight={320} />
    </FigureBlock>
  );
}

function remarkText(row: WindowRow): string {
  const parts = [
    row.cancelled ? t('availability.cancelled', 'cancelled') : '',
    row.retroactive ? t('availability.retroactive', 'entered after it had begun') : '',
    row.revised_why ?? '',
  ];
  return parts.filter(Boolean).join('; ') || BLANK;
}
