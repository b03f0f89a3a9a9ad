import { t } from '@grafana/i18n';
import { useMemo } from 'react';

import { type ApplianceRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { Answer, type Verdict } from '../../view/Answer';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { bitRate, BLANK, clock, count, duration } from '../../view/format';
import { Freshness } from '../../view/Freshness';
import { StateBadge } from '../../view/StateBadge';
import { FilterBar, NameFilter } from '../Filters';
import { usePageLink } from '../links';
import { Page } from '../Page';
import { useParameters } from '../parameters';
import { usePresent } from '../present';
import { type PageProps } from '../table';
import { countTroubles, troubleOf, TROUBLES, troubleState } from './trouble';
import { backlogText, clockText, troubleRemedy, troubleWord } from './words';

const PARAMETERS = ['customer', 'site'] as const;

/** Does every appliance report, and keep up? Heartbeat, backlog, losses and clock of each, the gravest first. */
export default function AppliancesPage(_: PageProps) {
  const link = usePageLink();
  const { timeZone } = usePageTime();
  const [{ customer, site }, change] = useParameters(PARAMETERS);
  const figure = useFigure<ApplianceRow>({ figure: 'appliances', customer, site, limit: 20_000 });
  const now = usePresent(figure);
  const rows = useMemo(() => [...figure.rows].sort((a, b) => TROUBLES.indexOf(troubleOf(a, now)) - TROUBLES.indexOf(troubleOf(b, now)) || (a.silent_since ?? 0) - (b.silent_since ?? 0)), [figure.rows, now]);
  const columns: Array<Column<ApplianceRow>> = [
    { key: 'state', title: t('column.state', 'State'), value: (row) => TROUBLES.indexOf(troubleOf(row, now)), show: (row) => <StateBadge state={troubleState(troubleOf(row, now))} word={troubleWord(troubleOf(row, now))} /> },
    { key: 'appliance', title: t('column.appliance', 'Appliance') },
    { key: 'customer', title: t('column.customer', 'Customer'), href: (row) => link('customer', { customer: row.customer }) },
    { key: 'site', title: t('column.site', 'Site'), href: (row) => link('site', { customer: row.customer, site: row.site }) },
    {
      key: 'last_heartbeat',
      title: t('appliances.heartbeat', 'Last heartbeat'),
      value: (row) => row.last_heartbeat ?? row.silent_since,
      show: (row) => {
        const at = row.last_heartbeat ?? row.silent_since;
        return at === null ? BLANK : t('appliances.ago', '{{time}} ({{age}} ago)', { time: clock(at, timeZone, now), age: duration(now - at), interpolation: { escapeValue: false } });
      },
    },
    { key: 'backlog', title: t('appliances.waits', 'Waiting for the uplink'), value: (row) => row.backlog_bytes, show: (row) => backlogText(row, now) ?? BLANK },
    { key: 'uplink_bps', title: t('appliances.uplink', 'Uplink'), figure: true, hint: t('appliances.uplink-hint', 'What it sent to the centre, the mean of the last 15 minutes'), show: (row) => bitRate(row.uplink_bps) },
    { key: 'dropped_blocks', title: t('appliances.lost', 'Blocks lost'), figure: true, hint: t('appliances.lost-hint', 'Given up since its start because its disk space was used up') },
    { key: 'clock_offset_ms', title: t('appliances.clock', 'Clock'), show: (row) => clockText(row) ?? BLANK },
    { key: 'devices', title: t('column.devices', 'Devices'), figure: true, minor: true, show: (row) => count(row.devices) },
    { key: 'unknown', title: t('appliances.unknown', 'Unknown'), figure: true, minor: true, hint: t('appliances.unknown-hint', 'Devices of which nothing is known'), show: (row) => count(row.unknown) },
    { key: 'version', title: t('appliances.version', 'Version'), minor: true },
    { key: 'interval_s', title: t('appliances.every', 'Every'), figure: true, minor: true, show: (row) => duration(row.interval_s === null ? null : row.interval_s * 1000) },
    { key: 'remedy', title: t('column.remedy', 'What to do'), value: (row) => troubleRemedy(troubleOf(row, now)), sortable: false },
  ];
  return (
    <Page>
      {figure.answered && rows.length > 0 && <Answer verdict={verdictOf(rows, now, timeZone)}>{troubleRemedy(troubleOf(rows[0], now))}</Answer>}
      {!figure.failure && <Freshness answer={figure} />}
      <FilterBar label={t('filter.label', 'What is shown')}>
        <NameFilter name={t('column.customer', 'Customer')} kind="customers" value={customer} onChange={(name) => change({ customer: name, site: '' })} />
        <NameFilter name={t('column.site', 'Site')} kind="sites" value={site} within={{ customer }} onChange={(name) => change({ site: name })} />
      </FilterBar>
      <FigureBlock
        title={t('page.appliances', 'Appliances')}
        figure={figure}
        empty={<EmptyState what={t('appliances.empty', 'There is no appliance here.')} remedy={t('appliances.empty-remedy', 'Appliances appear once the centre\'s configuration lists them under inventory. Check the filters above, too.')} />}
      >
        <DataTable label={t('page.appliances', 'Appliances')} columns={columns} rows={rows} rowKey={(row) => `${row.customer}\n${row.site}\n${row.appliance}`} maxHeight={720} />
      </FigureBlock>
    </Page>
  );
}

/** The page's answer: who does not report, and since when. */
function verdictOf(rows: ApplianceRow[], now: number, timeZone: string): Verdict {
  const counts = countTroubles(rows, now);
  const unheard = counts.silent + counts.never + counts.refused;
  const [first] = rows;
  const plain = { interpolation: { escapeValue: false } };
  if (unheard > 0) {
    const name = `${first.appliance} (${first.customer} / ${first.site})`;
    return {
      state: 'unknown',
      text:
        first.silent_since === null
          ? t('appliances.verdict-unheard', 'Not heard: {{unheard}} of {{all}}, first of them {{name}}.', { unheard: count(unheard), all: count(rows.length), name, ...plain })
          : t('appliances.verdict-silent', 'Not heard: {{unheard}} of {{all}}, first of them {{name}}, since {{time}}.', { unheard: count(unheard), all: count(rows.length), name, time: clock(first.silent_since, timeZone, now), ...plain }),
    };
  }
  const limping = counts.dropping + counts.behind + counts.clock;
  if (limping > 0) {
    return { state: 'degraded', text: t('appliances.verdict-limping', 'All {{all}} report; {{limping}} of them with trouble: {{what}}.', { all: count(rows.length), limping: count(limping), what: troubleWord(troubleOf(first, now)), ...plain }) };
  }
  return { state: 'up', text: t('appliances.verdict-fine', 'All report and keep up: {{all}}.', { all: count(rows.length) }) };
}
