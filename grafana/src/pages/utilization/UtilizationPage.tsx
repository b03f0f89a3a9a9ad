import { t } from '@grafana/i18n';
import { Button, RadioButtonGroup } from '@grafana/ui';
import { locationService } from '@grafana/runtime';
import { useMemo } from 'react';

import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { isPast } from '../../view/age';
import { Answer, type Verdict } from '../../view/Answer';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { count, percent } from '../../view/format';
import { Freshness } from '../../view/Freshness';
import { BUSY, SATURATED } from '../../view/load';
import { Notice } from '../../view/Notice';
import { TimeChart } from '../../view/TimeChart';
import { Filter, FilterBar, NameFilter } from '../Filters';
import { Page } from '../Page';
import { useParameters } from '../parameters';
import { type PageProps } from '../table';
import { DAYS_TO_TELL, type Full, fullNow, linkName, type LinkRow, summarise } from './links';
import { LinkTable } from './LinkTable';

const PARAMETERS = ['customer', 'site', 'kind', 'order', 'top'] as const;
const LINES = 5;
const plain = { interpolation: { escapeValue: false } };

/** Which links are full, when in the day, and which will be. */
export default function UtilizationPage(_: PageProps) {
  const { range } = usePageTime();
  const [{ customer, site, kind, order, top }, change] = useParameters(PARAMETERS);
  const of = { customer, site, order: order === 'bits' ? 'bits' : 'percent', top: Math.min(1000, Number(top) || 25) };
  const wan = useFigure<LinkRow>({ figure: 'capacity', kind: 'wan', ...of }, { skip: kind === 'lan' });
  const lan = useFigure<LinkRow>({ figure: 'capacity', kind: 'lan', ...of }, { skip: kind === 'wan' });
  const drawn = kind === 'lan' ? 'lan' : 'wan';
  const course = useFigure({ figure: 'utilization', shape: 'series', measure: ['utilization_pct'], kind: drawn, customer, site, order: 'percent', top: LINES, step: 'auto' }, { maxDataPoints: 300 });
  const lines = useMemo(() => course.series.map(({ labels, times, values }) => ({ name: [labels.site, labels.device, labels.interface].filter(Boolean).join(' '), times, values })), [course.series]);
  const shown = kind === 'lan' ? lan : wan;
  const rows = useMemo(() => [...(kind === 'lan' ? [] : wan.rows), ...(kind === 'wan' ? [] : lan.rows)], [kind, wan.rows, lan.rows]);
  const answered = (kind === 'lan' || wan.answered) && (kind === 'wan' || lan.answered);
  const days = (range.to.valueOf() - range.from.valueOf()) / 86_400_000;

  return (
    <Page>
      {answered && rows.length > 0 && <Answer verdict={verdictOf(rows, isPast(range, Date.now()) ? undefined : fullNow(lines))} />}
      {!shown.failure && <Freshness answer={shown} />}
      <FilterBar label={t('filter.label', 'What is shown')}>
        <NameFilter name={t('column.customer', 'Customer')} kind="customers" value={customer} onChange={(name) => change({ customer: name, site: '' })} />
        <NameFilter name={t('column.site', 'Site')} kind="sites" value={site} within={{ customer }} onChange={(name) => change({ site: name })} />
        <Filter name={t('utilization.kind', 'Links')}>
          {(id) => (
            <RadioButtonGroup
              id={id}
              aria-label={t('utilization.kind', 'Links')}
              value={kind}
              options={[
                { value: '', label: t('utilization.both', 'WAN and LAN') },
                { value: 'wan', label: 'WAN' },
                { value: 'lan', label: 'LAN' },
              ]}
              onChange={(value) => change({ kind: value })}
            />
          )}
        </Filter>
        <Filter name={t('utilization.by', 'Busiest by')}>
          {(id) => (
            <RadioButtonGroup
              id={id}
              aria-label={t('utilization.by', 'Busiest by')}
              value={order}
              options={[
                { value: '', label: t('utilization.by-percent', 'Utilization') },
                { value: 'bits', label: t('utilization.by-bits', 'Traffic') },
              ]}
              onChange={(value) => change({ order: value })}
            />
          )}
        </Filter>
        <Filter name={t('utilization.top', 'How many')}>
          {(id) => (
            <RadioButtonGroup
              id={id}
              aria-label={t('utilization.top', 'How many')}
              value={top}
              options={[{ value: '', label: '25' }, { value: '100', label: '100' }, { value: '500', label: '500' }]}
              onChange={(value) => change({ top: value })}
            />
          )}
        </Filter>
      </FilterBar>
      {answered && rows.length > 0 && days < DAYS_TO_TELL && (
        <Notice
          kind="info"
          remedy={
            <Button size="sm" variant="secondary" onClick={() => locationService.partial({ from: 'now-30d', to: 'now' })}>
              {t('utilization.last-30', 'Look at the last 30 days')}
            </Button>
          }
        >
          {t('utilization.short', 'When a link will be full can be told from 14 days on; this time is shorter.')}
        </Notice>
      )}
      <FigureBlock title={drawn === 'wan' ? t('utilization.course-wan', 'The busiest WAN links over time') : t('utilization.course-lan', 'The busiest LAN links over time')} figure={course} empty={<EmptyState what={t('utilization.empty', 'No such link was measured in this time.')} />}>
        <TimeChart
          label={t('utilization.course', 'Utilization of the busiest links')}
          lines={lines}
          format={percent}
          span={{ low: 0, high: 100 }}
          thresholds={[{ value: SATURATED, name: t('utilization.full-line', 'as good as full'), state: 'degraded' }]}
        />
      </FigureBlock>
      {kind !== 'lan' && <LinkTable title={t('utilization.wan', 'WAN links')} figure={wan} whose={!customer} measured={lines.length > 0} />}
      {kind !== 'wan' && <LinkTable title={t('utilization.lan', 'LAN links')} figure={lan} whose={!customer} measured={lines.length > 0} />}
    </Page>
  );
}

/** The page's answer: what is full now, the fullest link, and what will be full. */
function verdictOf(rows: LinkRow[], full: Full | undefined): Verdict {
  const { busiest, busy, fullFirst, fullSoon } = summarise(rows);
  if (!busiest && !full) {
    return { state: 'unknown', text: t('utilization.verdict-none', 'No utilization can be told: the speed of these links is not known, or nothing was measured.') };
  }
  const parts = [
    full ? t('utilization.verdict-now', 'As good as full now: {{name}} at {{percent}}.', { name: full.name, percent: percent(full.percent), ...plain }) : '',
    busiest ? t('utilization.verdict', 'Fullest: {{name}} ({{customer}} / {{site}}) at {{percent}}, 95th percentile.', { name: linkName(busiest), customer: busiest.customer, site: busiest.site, percent: percent(busiest.p95_pct), ...plain }) : '',
    busy > 0 ? t('utilization.verdict-busy', 'Above {{limit}}: {{busy}}.', { limit: percent(BUSY), busy: count(busy), ...plain }) : '',
    fullFirst ? t('utilization.verdict-full', 'Full within 90 days: {{soon}}, first {{name}} in {{days}} days.', { soon: count(fullSoon), name: linkName(fullFirst), days: count(fullFirst.days_until_full), ...plain }) : '',
  ];
  return { state: full || busy > 0 || fullSoon > 0 ? 'degraded' : 'up', text: parts.filter(Boolean).join(' ') };
}
