import { t } from '@grafana/i18n';
import { useMemo } from 'react';

import { type Outage } from '../../figures/types';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { causeText } from '../../view/cause';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { clock, duration } from '../../view/format';
import { shownState } from '../../view/state';
import { StateBadge } from '../../view/StateBadge';
import { usePageLink } from '../links';

/** Those that are not over at the end of the time asked for, the oldest first. */
export function openOutages(rows: Outage[]): Outage[] {
  return rows.filter((row) => row.ongoing).sort((a, b) => a.from - b.from);
}

/** What is out at this moment, the longest first. */
export function OpenOutages({ customer }: { customer: string }) {
  const link = usePageLink();
  const { range, timeZone } = usePageTime();
  const figure = useFigure<Outage>({ figure: 'outages', customer, limit: 5000 });
  const to = range.to.valueOf();
  const rows = useMemo(() => openOutages(figure.rows), [figure.rows]);
  const columns: Array<Column<Outage>> = [
    { key: 'state', title: t('column.state', 'State'), show: (row) => <StateBadge state={shownState(row.state, row.cause)} /> },
    { key: 'device', title: t('column.device', 'Device'), href: (row) => link('device', { customer, site: row.site, device: row.device }) },
    { key: 'site', title: t('column.site', 'Site'), href: (row) => link('site', { customer, site: row.site }) },
    { key: 'from', title: t('column.since', 'Since'), show: (row) => clock(row.from, timeZone) },
    { key: 'length', title: t('column.for', 'For'), figure: true, value: (row) => to - row.from, show: (row) => duration(to - row.from) },
    { key: 'cause', title: t('column.cause', 'Cause'), value: (row) => causeText(row.cause), minor: true },
  ];
  return (
    <FigureBlock
      title={t('customer.open-outages', 'Open outages')}
      figure={figure}
      isEmpty={rows.length === 0}
      empty={<EmptyState what={t('customer.no-outages', 'Nothing is out at the end of this time.')} />}
    >
      <DataTable label={t('customer.open-outages', 'Open outages')} columns={columns} rows={rows} rowKey={(row) => `${row.site}\n${row.device}\n${row.from}`} maxHeight={300} />
    </FigureBlock>
  );
}
