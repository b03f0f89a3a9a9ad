import { t } from '@grafana/i18n';

import { causeText } from '../../view/cause';
import { type Column, DataTable } from '../../view/DataTable';
import { clock, count, duration } from '../../view/format';
import { StateBadge } from '../../view/StateBadge';
import { usePageLink } from '../links';
import { type OpenOutage, outagePlace } from './outages';

/** What is not up now, why, and for how long. */
export function OpenOutages({ rows, timeZone, now }: { rows: OpenOutage[]; timeZone: string; now: number }) {
  const link = usePageLink();
  const columns: Array<Column<OpenOutage>> = [
    { key: 'state', title: t('outages.state', 'State'), value: (row) => outagePlace(row.state), show: (row) => <StateBadge state={row.state} /> },
    {
      key: 'device',
      title: t('outages.device', 'Device'),
      value: (row) => row.device.device,
      href: (row) => link('device', { customer: row.device.customer, site: row.device.site, device: row.device.device }),
    },
    { key: 'since', title: t('outages.since', 'Since'), show: (row) => clock(row.since, timeZone, now) },
    { key: 'for', title: t('outages.for', 'For'), figure: true, value: (row) => (row.since === null ? null : now - row.since), show: (row) => duration(row.since === null ? null : now - row.since) },
    { key: 'behind', title: t('outages.behind', 'Behind it'), figure: true, minor: true, show: (row) => (row.behind === 0 ? '' : count(row.behind)) },
    { key: 'cause', title: t('outages.cause', 'Cause'), value: (row) => causeText(row.cause), show: (row) => <bdi title={row.evidence ?? undefined}>{causeText(row.cause)}</bdi> },
    { key: 'ticket', title: t('outages.ticket', 'Ticket'), minor: true },
  ];
  return <DataTable label={t('outages.label', 'Open outages')} columns={columns} rows={rows} rowKey={(row) => row.device.device} maxHeight={330} />;
}
