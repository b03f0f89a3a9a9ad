import { t } from '@grafana/i18n';

import { type Figure } from '../../figures/useFigure';
import { usePageTime } from '../../figures/time';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { clock, duration } from '../../view/format';
import { StateBadge } from '../../view/StateBadge';
import { type Alarm } from '../alarms/alarms';
import { alarmLink, alarmText } from '../alarms/words';
import { usePageLink } from '../links';
import { outagePlace } from '../site/outages';

/** What is out at this moment, each cause once with what it takes along. `figure` is the devices' answer. */
export function OpenOutages({ figure, rows, now }: { figure: Figure<unknown>; rows: Alarm[]; now: number }) {
  const link = usePageLink();
  const { timeZone } = usePageTime();
  const columns: Array<Column<Alarm>> = [
    { key: 'state', title: t('column.state', 'State'), value: (row) => outagePlace(row.state), show: (row) => <StateBadge state={row.state} /> },
    { key: 'name', title: t('outages.what', 'What'), href: (row) => alarmLink(row, link) },
    { key: 'site', title: t('column.site', 'Site'), href: (row) => link('site', { customer: row.customer, site: row.site }) },
    { key: 'since', title: t('column.since', 'Since'), show: (row) => clock(row.since, timeZone, now) },
    { key: 'length', title: t('column.for', 'For'), figure: true, value: (row) => (row.since === null ? null : now - row.since), show: (row) => duration(row.since === null ? null : now - row.since) },
    { key: 'cause', title: t('column.cause', 'Cause'), value: alarmText },
  ];
  return (
    <FigureBlock
      title={t('customer.open-outages', 'Open outages')}
      figure={figure}
      isEmpty={rows.length === 0}
      empty={<EmptyState what={t('customer.no-outages', 'Nothing is out at the end of this time.')} />}
    >
      <DataTable label={t('customer.open-outages', 'Open outages')} columns={columns} rows={rows} rowKey={(row) => row.key} maxHeight={300} />
    </FigureBlock>
  );
}
