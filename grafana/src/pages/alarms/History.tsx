import { t } from '@grafana/i18n';

import { type Severity, SEVERITIES } from '../../datasource/alarms';
import { type Row } from '../../figures/rows';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { BLANK, clock, count, duration } from '../../view/format';
import { SeverityBadge } from '../../view/SeverityBadge';
import { severityOf } from '../../view/severity';
import { usePageLink } from '../links';
import { usePresent } from '../present';
import { raisedLink } from './raised';
import { Summary } from './Summary';
import { whereColumn } from './whereColumn';

/** A row of the figure `alarms`: one raising. Times are in milliseconds. */
export interface AlarmRow extends Row {
  customer: string;
  site: string;
  device: string;
  id: string;
  raised: number;
  cleared: number | null;
  seconds: number;
  open: boolean;
  severity: Severity;
  alert: string;
  entity: string;
  name: string;
  devices_affected: number;
  owner: string;
  summary: string;
}

/** What was raised in the time of the page, from the store. */
export function History({ customer, site }: { customer: string; site: string }) {
  const link = usePageLink();
  const { timeZone } = usePageTime();
  const figure = useFigure<AlarmRow>({ figure: 'alarms', customer, site, limit: 2000 });
  const now = usePresent(figure);
  const columns: Array<Column<AlarmRow>> = [
    { key: 'severity', title: t('alarms.severity', 'Severity'), value: (row) => SEVERITIES.indexOf(row.severity), show: (row) => <SeverityBadge severity={severityOf(row.severity)} /> },
    { key: 'name', title: t('alarms.what', 'What'), show: (row) => <bdi>{row.name}</bdi>, href: (row) => raisedLink(row, link), below: (row) => <Summary text={row.summary} /> },
    whereColumn(link),
    { key: 'raised', title: t('alarms.raised-at', 'Raised'), show: (row) => clock(row.raised, timeZone, now) },
    { key: 'cleared', title: t('alarms.cleared-at', 'Cleared'), show: (row) => (row.open ? t('alarms.still', 'still raised') : clock(row.cleared, timeZone, now)) },
    { key: 'seconds', title: t('alarms.lasted', 'For'), figure: true, show: (row) => duration(row.seconds * 1000) },
    { key: 'devices_affected', title: t('alarms.devices', 'Devices'), figure: true, show: (row) => (row.devices_affected > 0 ? count(row.devices_affected) : BLANK) },
    { key: 'owner', title: t('alarms.handled', 'Seen to by'), show: (row) => row.owner || BLANK },
  ];
  return (
    <FigureBlock title={t('alarms.history', 'History')} figure={figure} empty={<EmptyState what={t('alarms.history-empty', 'Nothing was raised in this time.')} />}>
      <DataTable label={t('alarms.history', 'History')} columns={columns} rows={figure.rows} rowKey={(row) => `${row.id} ${row.raised}`} maxHeight={720} />
    </FigureBlock>
  );
}
