import { t } from '@grafana/i18n';

import { type Figure } from '../../figures/useFigure';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { bitRate, BLANK, count, percent } from '../../view/format';
import { LoadBar } from '../../view/LoadBar';
import { StateBadge } from '../../view/StateBadge';
import { usePageLink } from '../links';
import { linkName, type LinkRow, SOON } from './links';

interface Props {
  title: string;
  figure: Figure<LinkRow>;
  /** The links are of several customers. */
  whose: boolean;
  /** Links were measured in this time, though perhaps not for five minutes. */
  measured: boolean;
}

/** Links of one kind, the busiest first; each leads to its interface. */
export function LinkTable({ title, figure, whose, measured }: Props) {
  const link = usePageLink();
  const owners: Array<Column<LinkRow>> = [
    { key: 'customer', title: t('column.customer', 'Customer'), href: (row) => link('customer', { customer: row.customer }) },
    { key: 'site', title: t('column.site', 'Site'), href: (row) => link('site', { customer: row.customer, site: row.site }) },
  ];
  const columns: Array<Column<LinkRow>> = [
    { key: 'link', title: t('column.link', 'Link'), value: linkName, href: (row) => link('interface', { customer: row.customer, site: row.site, device: row.device, interface: row.interface }) },
    ...(whose ? owners : owners.slice(1)),
    { key: 'p95_pct', title: t('column.p95', '95th percentile'), figure: true, hint: t('utilization.p95-hint', 'Of the averages over 5 minutes, by what the link can carry: exceeded in one of twenty'), show: (row) => <LoadBar value={row.p95_pct} /> },
    { key: 'utilization_pct', title: t('column.mean', 'Mean'), figure: true, show: (row) => percent(row.utilization_pct) },
    { key: 'busy_hour', title: t('utilization.busy-hour', 'Busy hour'), show: (row) => (row.busy_hour ? t('utilization.at-hour', '{{hour}} ({{rate}} in and out together)', { hour: row.busy_hour, rate: bitRate(row.busy_hour_bps), interpolation: { escapeValue: false } }) : BLANK) },
    { key: 'days_until_full', title: t('utilization.full', 'Full in'), figure: true, hint: t('utilization.full-hint', 'By the straight line through the 95th percentiles of the days; it takes 14 days'), show: daysShown },
    { key: 'p95_bps', title: t('utilization.p95-rate', 'In / out'), figure: true, minor: true, value: (row) => Math.max(row.p95_in_bps ?? 0, row.p95_out_bps ?? 0), show: (row) => `${bitRate(row.p95_in_bps)} / ${bitRate(row.p95_out_bps)}` },
    { key: 'peak', title: t('column.peak', 'Peak'), figure: true, minor: true, value: (row) => Math.max(row.in_peak_bps ?? 0, row.out_peak_bps ?? 0), show: (row) => bitRate(Math.max(row.in_peak_bps ?? 0, row.out_peak_bps ?? 0)) },
    { key: 'capacity', title: t('column.capacity', 'Carries'), figure: true, minor: true, value: (row) => row.in_capacity_bps, show: capacityText },
    { key: 'alias', title: t('column.alias', 'Description'), minor: true },
    { key: 'remarks', title: t('column.remarks', 'Remarks'), value: (row) => remarkText(row.remarks), minor: true },
  ];
  return (
    <FigureBlock
      title={title}
      figure={figure}
      empty={
        measured ? (
          <EmptyState what={t('utilization.too-short', 'No five minutes were measured whole in this time.')} remedy={t('utilization.too-short-remedy', 'The 95th percentile is that of averages over five minutes, by the clock. Take a longer time, or look again in some minutes.')} />
        ) : (
          <EmptyState what={t('utilization.empty', 'No such link was measured in this time.')} remedy={t('utilization.empty-remedy', 'Check the filters. The rules under processors.utilization of the configuration say which interfaces are WAN and LAN links.')} />
        )
      }
    >
      <DataTable label={title} columns={columns} rows={figure.rows} rowKey={(row) => `${row.customer}\n${row.site}\n${row.device}\n${row.interface}`} sorting={{ column: 'p95_pct', descending: true }} maxHeight={520} />
    </FigureBlock>
  );
}

function capacityText(row: LinkRow): string {
  return row.in_capacity_bps === row.out_capacity_bps ? bitRate(row.in_capacity_bps) : `${bitRate(row.in_capacity_bps)} / ${bitRate(row.out_capacity_bps)}`;
}

function daysShown(row: LinkRow) {
  const days = row.days_until_full;
  if (days === null) {
    return BLANK;
  }
  const text = days <= 0 ? t('utilization.full-now', 'full now') : t('utilization.days', '{{days}} d', { days: count(days) });
  return days <= SOON ? <StateBadge state="degraded" word={text} /> : text;
}

/** What the backend remarks of a link, in the reader's language as far as it is known here. */
export function remarkText(remark: string | null): string {
  const few = /^(\d+) days with enough measurements, (\d+) needed$/.exec(remark ?? '');
  if (few) {
    return t('utilization.few-days', '{{days}} of the {{needed}} days needed to tell when it is full', { days: few[1], needed: few[2] });
  }
  switch (remark) {
    case 'not growing':
      return t('utilization.not-growing', 'not growing');
    case 'not measured':
      return t('utilization.not-measured', 'not measured');
    case 'not within ten years':
      return t('utilization.ten-years', 'not within ten years');
    case 'the speed is not known':
      return t('utilization.no-speed', 'its speed is not known');
    default:
      return remark ?? '';
  }
}
