import { t } from '@grafana/i18n';
import { Checkbox } from '@grafana/ui';
import { useMemo } from 'react';

import { type ApplianceRow, type DeviceRow, type InterfaceRow, type PathRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { type SiteStanding } from '../../figures/types';
import { type Figure, useFigure } from '../../figures/useFigure';
import { STALE_AFTER } from '../../view/age';
import { Answer, type Verdict } from '../../view/Answer';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { BLANK, clock, count, duration } from '../../view/format';
import { Freshness } from '../../view/Freshness';
import { SATURATED } from '../../view/load';
import { FailureNotice } from '../../view/Notice';
import { STATES, stateWord } from '../../view/state';
import { StateBadge } from '../../view/StateBadge';
import { FilterBar } from '../Filters';
import { usePageLink } from '../links';
import { useParameters } from '../parameters';
import { usePresent } from '../present';
import { type Alarm, applianceAlarms, byUrgency, countStates, type DeviceAlarms, deviceAlarms, linkAlarms, pathAlarms, withSince } from './alarms';
import { useJustNow } from './useJustNow';
import { alarmLink, alarmText } from './words';

const PARAMETERS = ['folded'] as const;
const plain = { interpolation: { escapeValue: false } };

/** What is open by the figures themselves, whatever rules say, the most urgent first, with its clock. */
export function ByFigures({ customer, site }: { customer: string; site: string }) {
  const link = usePageLink();
  const { timeZone } = usePageTime();
  const [{ folded }, change] = useParameters(PARAMETERS);
  const of = { customer, site };
  const justNow = useJustNow();
  const devices = useFigure<DeviceRow>({ figure: 'topology', kind: 'trouble', ...of, limit: 20_000 });
  const appliances = useFigure<ApplianceRow>({ figure: 'appliances', ...of, limit: 20_000 });
  const links = useFigure<InterfaceRow>({ figure: 'interfaces', ...of, fullAt: SATURATED, limit: 5000 }, { range: justNow });
  const paths = useFigure<PathRow>({ figure: 'paths', ...of, limit: 5000 }, { range: justNow });
  const now = usePresent(devices, 1000);
  const minute = Math.floor(now / 60_000) * 60_000;
  const found = useMemo(() => deviceAlarms(devices.rows, appliances.rows, folded === 'false'), [devices.rows, appliances.rows, folded]);
  const measured = useMemo(() => [...linkAlarms(links.rows, minute), ...pathAlarms(paths.rows, minute)], [links.rows, paths.rows, minute]);
  // Since when a link is full or calls sound bad is told with the sites, of the worst of each.
  const sites = useFigure<SiteStanding>({ figure: 'sites', ...of, limit: 20_000 }, { skip: measured.length === 0 });
  const alarms = useMemo(() => byUrgency([...found.alarms, ...applianceAlarms(appliances.rows), ...withSince(measured, sites.rows)]), [found, appliances.rows, measured, sites.rows]);
  // Of a network that nobody has heard of lately it is not known that nothing is open.
  const heard = devices.asOf !== undefined && now - devices.asOf <= STALE_AFTER;
  const others = [
    { figure: appliances, what: t('alarms.no-appliances', 'Whether appliances report is not known just now.') },
    { figure: links, what: t('alarms.no-links', 'How full links are is not known just now.') },
    { figure: paths, what: t('alarms.no-paths', 'How calls sound is not known just now.') },
  ].filter(({ figure }) => figure.failure);

  const columns: Array<Column<Alarm>> = [
    { key: 'state', title: t('column.state', 'State'), value: (row) => STATES.indexOf(row.state), show: (row) => <StateBadge state={row.state} /> },
    { key: 'name', title: t('alarms.what', 'What'), show: (row) => <bdi>{row.device ? `${row.device} ${row.name}` : row.name}</bdi>, href: (row) => alarmLink(row, link) },
    { key: 'why', title: t('column.cause', 'Cause'), value: alarmText },
    { key: 'customer', title: t('column.customer', 'Customer'), href: (row) => link('customer', { customer: row.customer }) },
    { key: 'site', title: t('column.site', 'Site'), href: (row) => link('site', { customer: row.customer, site: row.site }) },
    { key: 'since', title: t('column.since', 'Since'), show: (row) => clock(row.since, timeZone, now) },
    { key: 'clock', title: t('alarms.open-for', 'Open for'), figure: true, value: (row) => (row.since === null ? null : now - row.since), show: (row) => (row.since === null ? BLANK : clockText(now - row.since)) },
  ];
  return (
    <>
      {devices.answered && <Answer verdict={verdictOf(alarms, heard, now, timeZone)}>{countsText(alarms, found)}</Answer>}
      {!devices.failure && <Freshness answer={devices} />}
      {others.map(({ figure, what }) => (
        <FailureNotice key={what} failure={{ remedy: '', ...figure.failure, what: `${what} ${figure.failure?.what ?? ''}` }} kept={figure.answered} />
      ))}
      <FilterBar label={t('filter.label', 'What is shown')}>
        <Checkbox
          label={t('alarms.unfold', 'Also what is behind a device or appliance that is listed')}
          value={folded === 'false'}
          onChange={(event) => change({ folded: event.currentTarget.checked ? 'false' : '' })}
        />
      </FilterBar>
      <FigureBlock
        title={t('alarms.open', 'Open now')}
        figure={devices as Figure<unknown>}
        isEmpty={alarms.length === 0}
        empty={<EmptyState what={t('alarms.empty', 'Nothing is open.')} remedy={t('alarms.empty-remedy', 'What nobody sees cannot be listed here: Blind spots says what that is.')} />}
      >
        <DataTable label={t('alarms.open', 'Open now')} columns={columns} rows={alarms} rowKey={(row) => row.key} maxHeight={720} />
      </FigureBlock>
    </>
  );
}

/** h:mm:ss up to a day, then days and hours. */
export function clockText(ms: number): string {
  if (ms >= 86_400_000) {
    return duration(ms);
  }
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function verdictOf(alarms: Alarm[], heard: boolean, now: number, timeZone: string): Verdict {
  if (alarms.length === 0) {
    return !heard ? { state: 'unknown', text: t('alarms.verdict-unheard', 'Nothing is known to be open, and nothing was heard lately.') } : { state: 'up', text: t('alarms.verdict-none', 'Nothing is open.') };
  }
  const [first] = alarms;
  const what = first.kind === 'path' ? t('alarms.quoted', '"{{path}}"', { path: first.name, ...plain }) : first.device ? `${first.device} ${first.name}` : first.name;
  const name = `${what} (${first.customer} / ${first.site})`;
  const values = { all: count(alarms.length), state: stateWord(first.state), name, ...plain };
  return {
    state: first.state,
    text:
      first.since === null
        ? t('alarms.verdict-now', 'Open: {{all}}. The most urgent: {{name}}, {{state}}.', values)
        : t('alarms.verdict', 'Open: {{all}}. The most urgent: {{name}}, {{state}} since {{time}}.', { ...values, time: clock(first.since, timeZone, now) }),
  };
}

/** "2 Down, 1 Unknown; unreachable behind them: 12; under maintenance: 3". */
function countsText(alarms: Alarm[], { folded, unheard, maintenance }: DeviceAlarms): string {
  return [
    countStates(alarms).map(({ state, count: many }) => `${stateWord(state)} ${count(many)}`).join(t('format.comma', ', ')),
    folded > 0 ? t('alarms.folded', 'unreachable behind them: {{folded}}', { folded: count(folded) }) : '',
    unheard > 0 ? t('alarms.unheard', 'unknown behind silent appliances: {{unheard}}', { unheard: count(unheard) }) : '',
    maintenance > 0 ? t('alarms.maintenance', 'under maintenance and left out: {{maintenance}}', { maintenance: count(maintenance) }) : '',
  ]
    .filter(Boolean)
    .join('; ');
}
