import { t } from '@grafana/i18n';

import { type Row } from '../../figures/rows';
import { useFigure } from '../../figures/useFigure';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { bitRate, percent } from '../../view/format';
import { usePageLink } from '../links';

interface Link extends Row {
  site: string;
  device: string;
  interface: string;
  in_bps: number | null;
  out_bps: number | null;
  utilization_pct: number | null;
}

/** The ten busiest WAN links over the time asked for. */
export function WanLinks({ customer, details }: { customer: string; details: boolean }) {
  const link = usePageLink();
  const figure = useFigure<Link>({ figure: 'utilization', customer, kind: 'wan', order: 'percent', top: 10 });
  const columns: Array<Column<Link>> = [
    { key: 'site', title: t('column.site', 'Site'), href: (row) => link('site', { customer, site: row.site }) },
    {
      key: 'interface',
      title: t('column.link', 'Link'),
      value: (row) => `${row.device} ${row.interface}`,
      href: (row) => (details ? link('interface', { customer, site: row.site, device: row.device, interface: row.interface }) : undefined),
    },
    { key: 'utilization_pct', title: t('column.utilization', 'Utilization'), figure: true, hint: t('links.mean-hint', 'Over the time range of the page'), show: (row) => percent(row.utilization_pct) },
    { key: 'in_bps', title: t('column.in', 'In'), figure: true, show: (row) => bitRate(row.in_bps), minor: true },
    { key: 'out_bps', title: t('column.out', 'Out'), figure: true, show: (row) => bitRate(row.out_bps), minor: true },
  ];
  return (
    <FigureBlock
      title={t('customer.wan', 'Busiest WAN links in this time')}
      figure={figure}
      empty={<EmptyState what={t('customer.no-wan', 'No WAN link was measured in this time.')} remedy={t('customer.no-wan-remedy', 'The rules under processors.utilization say which interfaces are WAN links.')} />}
    >
      <DataTable label={t('customer.wan', 'Busiest WAN links in this time')} columns={columns} rows={figure.rows} rowKey={(row) => `${row.site}\n${row.device}\n${row.interface}`} />
    </FigureBlock>
  );
}
