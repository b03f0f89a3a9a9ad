import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { locationService } from '@grafana/runtime';
import { Button, Combobox, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { useEffect, useMemo, useState } from 'react';

import { useApp } from '../../AppContext';
import { type Failure } from '../../figures/failure';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { Answer } from '../../view/Answer';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { availability, count } from '../../view/format';
import { FigureTile } from '../../view/FigureTile';
import { FailureNotice } from '../../view/Notice';
import { Filter, FilterBar, NameFilter } from '../Filters';
import { Page } from '../Page';
import { useParameters } from '../parameters';
import { type PageProps } from '../table';
import { Behind } from './Behind';
import { Contributors } from './Contributors';
import { Downloads } from './Downloads';
import { Maintenance, type WindowRow } from './Maintenance';
import { periodOf, PERIODS, periodWord } from './periods';
import { PrintSheet } from './PrintSheet';
import { type ContributorRow, type Grouping, GROUPINGS, type OutageRow, overallOf, type ServiceRow, sharesOf, usualGrouping, worstFirst } from './service';
import { ServiceTable } from './ServiceTable';
import { useCalendars } from './useCalendars';
import { usePrinting } from './usePrinting';
import { groupingWord, longestText, seconds, verdictOf } from './words';

const PARAMETERS = ['customer', 'site', 'by', 'calendar'] as const;
/** Rows that one answer has at most. */
const MOST = 10_000;

/** Was what was promised kept? Availability of any period with everything behind each figure, on screen, as a file and on paper. */
export default function AvailabilityPage(_: PageProps) {
  const styles = useStyles2(getStyles);
  const { view } = useApp();
  const { range } = usePageTime();
  const [{ customer, site, by: chosen, calendar }, change] = useParameters(PARAMETERS);
  const by: Grouping = GROUPINGS.find((each) => each === chosen) ?? usualGrouping(customer, site);
  const of = { customer, site, calendar };
  const service = useFigure<ServiceRow>({ figure: 'availability', by, ...of, limit: MOST });
  const contributors = useFigure<ContributorRow>({ figure: 'contributors', by: 'customer', ...of, limit: MOST });
  const windows = useFigure<WindowRow>({ figure: 'maintenance', customer, site, limit: 500 });
  // When the report was asked for on paper; 0 while nobody does.
  const [wanted, setWanted] = useState(0);
  const outages = useFigure<OutageRow>({ figure: 'outages', by, ...of, limit: 5000 }, { skip: wanted === 0 });
  const [failure, setFailure] = useState<Failure>();
  const calendars = useCalendars();
  const printing = usePrinting();
  const rows = useMemo(() => worstFirst(service.rows), [service.rows]);
  const all = useMemo(() => overallOf(rows, by), [rows, by]);
  const shares = useMemo(() => sharesOf(contributors.rows), [contributors.rows]);
  const verdict = verdictOf(rows, all, by);
  const ready = wanted > 0 && outages.receivedAt >= wanted && !outages.outdated;
  const refused = wanted > 0 && !outages.asking ? outages.failure : undefined;

  // Paper has the outages too, so that they are fetched before the browser is asked to print.
  useEffect(() => {
    if (ready) {
      window.print();
      setWanted(0);
    } else if (refused) {
      setFailure(refused);
      setWanted(0);
    }
  }, [ready, refused]);

  return (
    <Page>
      {service.answered && !service.failure && rows.length > 0 && <Answer verdict={verdict} />}
      <FilterBar label={t('filter.label', 'What is shown')}>
        <Filter name={t('availability.period-name', 'Period')}>
          {(id) => (
            <RadioButtonGroup
              id={id}
              aria-label={t('availability.period-name', 'Period')}
              value={periodOf(range.raw)?.id}
              options={PERIODS.map((each) => ({ value: each.id, label: periodWord(each.id) }))}
              onChange={(value) => {
                const period = PERIODS.find((each) => each.id === value);
                period && locationService.partial({ from: period.from, to: period.to });
              }}
            />
          )}
        </Filter>
        <Filter name={t('availability.by', 'A row for each')}>
          {(id) => (
            <RadioButtonGroup id={id} aria-label={t('availability.by', 'A row for each')} value={by} options={GROUPINGS.map((each) => ({ value: each, label: groupingWord(each) }))} onChange={(value) => change({ by: value })} />
          )}
        </Filter>
        {view === 'partner' && <NameFilter name={t('column.customer', 'Customer')} kind="customers" value={customer} onChange={(name) => change({ customer: name, site: '', by: '' })} />}
        <NameFilter name={t('column.site', 'Site')} kind="sites" value={site} within={{ customer }} onChange={(name) => change({ site: name, by: '' })} />
        <Filter name={t('availability.calendar', 'Calendar')}>
          {(id) => (
            <Combobox
              id={id}
              width={24}
              isClearable
              value={calendar || null}
              placeholder={t('availability.contract', 'Each contract\'s own')}
              options={calendars.map((value) => ({ value, label: value }))}
              onChange={(option) => change({ calendar: option?.value ?? '' })}
            />
          )}
        </Filter>
        <div className={styles.actions}>
          <Downloads question={{ figure: 'availability', by, ...of }} onFailure={setFailure} />
          <Button variant="secondary" icon={wanted > 0 ? 'spinner' : 'file-alt'} disabled={wanted > 0 || !service.answered} onClick={() => setWanted(Date.now())}>
            {t('availability.print', 'Print')}
          </Button>
        </div>
      </FilterBar>
      {failure && <FailureNotice failure={failure} />}
      {service.answered && rows.length > 0 && (
        <div className={styles.tiles}>
          {by !== 'group' && <FigureTile label={t('availability.all', 'All of it together')} value={availability(all.availability)} hint={t('availability.all-hint', 'by the time of all devices')} />}
          {all.promised + all.unjudged > 0 && (
            <FigureTile
              label={t('availability.kept', 'Promises kept')}
              value={`${count(all.promised - all.missed)} / ${count(all.promised + all.unjudged)}`}
              hint={all.unjudged > 0 ? t('availability.unjudged', 'of {{unjudged}} nothing is known', { unjudged: count(all.unjudged) }) : undefined}
              state={all.missed > 0 ? 'down' : all.unjudged > 0 ? 'unknown' : 'up'}
              quiet={all.missed === 0}
            />
          )}
          <FigureTile label={t('availability.downtime', 'Downtime')} value={seconds(all.down)} hint={by === 'group' ? t('availability.outages-many', 'Outages: {{outages}}', { outages: count(all.outages) }) : longestText(all.outages, all.longest)} />
          <FigureTile label={t('availability.unknown', 'Unknown')} value={seconds(all.unknown)} hint={t('availability.unknown-hint', 'counts neither as up nor as down')} state={all.unknown > 0 ? 'unknown' : undefined} />
          <FigureTile label={t('availability.excluded', 'Excluded')} value={seconds(all.excluded)} hint={t('availability.excluded-hint', 'by maintenance')} state={all.excluded > 0 ? 'maintenance' : undefined} />
        </div>
      )}
      <FigureBlock
        title={t('availability.table', 'Availability by {{what}}', { what: groupingWord(by), interpolation: { escapeValue: false } })}
        figure={service}
        notes
        empty={
          <EmptyState
            what={by === 'group' ? t('availability.no-groups', 'There are no service groups here.') : t('availability.empty', 'Nothing was measured in this time.')}
            remedy={by === 'group' ? view === 'partner' && t('availability.no-groups-remedy', 'service.groups of the configuration says which devices make up a service.') : t('availability.empty-remedy', 'Choose another period, or check the filters.')}
          />
        }
      >
        <ServiceTable key={by} rows={rows} by={by} behind={(row) => <Behind row={row} by={by} calendar={calendar} />} />
      </FigureBlock>
      <div className={styles.pair}>
        <Contributors figure={contributors} shares={shares} />
        <Maintenance figure={windows} />
      </div>
      {printing && <PrintSheet by={by} calendar={calendar} rows={rows} outages={outages.rows} shares={shares} windows={windows.rows} verdict={verdict.text} />}
    </Page>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  actions: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), marginLeft: 'auto' }),
  tiles: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  pair: css({ display: 'grid', gap: theme.spacing(2.5), gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 460px), 1fr))', alignItems: 'start' }),
});
