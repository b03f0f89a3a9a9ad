import { t } from '@grafana/i18n';
import { useMemo } from 'react';

import { type DeviceRow, type InterfaceRow } from '../../figures/standing';
import { useAlarms } from '../../figures/useAlarms';
import { type Figure, useFigure } from '../../figures/useFigure';
import { EmptyState } from '../../view/EmptyState';
import { type Column, DataTable } from '../../view/DataTable';
import { FigureBlock } from '../../view/FigureBlock';
import { clock, count } from '../../view/format';
import { PageLink } from '../../view/PageLink';
import { StateBadge } from '../../view/StateBadge';
import { STATES } from '../../view/state';
import { type Alarm, byUrgency, deviceAlarms, linkAlarms } from '../alarms/alarms';
import { isAt } from '../alarms/raised';
import { useJustNow } from '../alarms/useJustNow';
import { alarmLink, alarmText } from '../alarms/words';
import { usePageLink } from '../links';
import { type Names } from '../names';

interface Props {
  names: Names;
  /** The device's own answer. */
  figure: Figure<DeviceRow>;
  /** Whether it answers now: else its links carry nothing that is known. */
  reached: boolean;
  timeZone: string;
  now: number;
}

/** What the page of alarms has of this device: itself, and links of it that are full. */
export function OpenAlarms({ names: { customer, site, device }, figure, reached, timeZone, now }: Props) {
  const link = usePageLink();
  const range = useJustNow();
  const raised = useAlarms();
  const links = useFigure<InterfaceRow>({ figure: 'interfaces', customer, site, device, top: 50 }, { range });
  const rows = useMemo(
    () => byUrgency([...deviceAlarms(figure.rows, [], true).alarms, ...(reached ? linkAlarms(links.rows, now) : [])]),
    [figure.rows, links.rows, reached, now]
  );
  const columns: Array<Column<Alarm>> = [
    { key: 'state', title: t('column.state', 'State'), value: (row) => STATES.indexOf(row.state), show: (row) => <StateBadge state={row.state} /> },
    { key: 'name', title: t('outages.what', 'What'), href: (row) => (row.kind === 'device' ? undefined : alarmLink(row, link)) },
    { key: 'why', title: t('column.cause', 'Cause'), value: alarmText },
    { key: 'since', title: t('column.since', 'Since'), show: (row) => clock(row.since, timeZone, now) },
  ];
  return (
    <FigureBlock
      title={t('alarms.open', 'Open now')}
      figure={{ ...figure, failure: figure.failure ?? links.failure } as Figure<unknown>}
      isEmpty={rows.length === 0}
      actions={
        <>
          {raised.configured && !raised.failure && <span>{t('alarms.raised-here', 'Alarms raised: {{alarms}}', { alarms: count(raised.rows.filter((row) => isAt(row, customer ?? '', site ?? '', device ?? '')).length) })}</span>}
          <PageLink href={link('alarms', {}, { customer, site })}>{t('alarms.of-site', 'Alarms of the site')}</PageLink>
        </>
      }
      empty={<EmptyState what={t('alarms.none-here', 'Neither an outage nor a full link is open at this device.')} />}
    >
      <DataTable label={t('alarms.open', 'Open now')} columns={columns} rows={rows} rowKey={(row) => row.key} maxHeight={300} />
    </FigureBlock>
  );
}
