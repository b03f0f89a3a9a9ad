import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';

import { type PathRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { type SiteStanding, type Standing } from '../../figures/types';
import { useFigure } from '../../figures/useFigure';
import { Answer } from '../../view/Answer';
import { type Column, DataTable } from '../../view/DataTable';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { FigureTile } from '../../view/FigureTile';
import { availability, BLANK, clock, count, duration, fixed, percent } from '../../view/format';
import { Freshness } from '../../view/Freshness';
import { FailureNotice } from '../../view/Notice';
import { PageLink } from '../../view/PageLink';
import { standingReading, tileOf } from '../../view/reading';
import { stateOf } from '../../view/state';
import { StateBadge } from '../../view/StateBadge';
import { StateMark } from '../../view/StateMark';
import { TimeChart } from '../../view/TimeChart';
import { type ServiceRow } from '../availability/service';
import { longestText } from '../availability/words';
import { usePageLink } from '../links';
import { Page } from '../Page';
import { usePresent } from '../present';
import { type PageProps } from '../table';
import { type LinkRow } from '../utilization/links';
import { OwnAlarms } from './OwnAlarms';
import { risksOf } from './risks';
import { riskText, verdictOf, voiceState, voiceWord } from './words';

/** Lines of a trend at most: more cannot be told apart. */
const LINES = 5;

/** A customer's own network at a glance: does it work, was the promise kept, how do calls sound, what may become trouble. */
export default function OwnPage({ names }: PageProps) {
  const styles = useStyles2(getStyles);
  const link = usePageLink();
  const standings = useFigure<Standing>({ figure: 'customers', customer: names.customer ?? '' });
  // Without a name in the address it is the one customer of the organisation's scope.
  const customer = names.customer ?? (standings.rows.length === 1 ? standings.rows[0].customer : undefined);
  if (standings.answered && standings.rows.length > 1 && customer === undefined) {
    return (
      <ul className={styles.choice}>
        {standings.rows.map((row) => (
          <li key={row.customer}>
            <StateMark state={stateOf(row.state)} /> <PageLink href={link('customer', { customer: row.customer })}>{row.customer}</PageLink>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <Page>
      {!standings.answered && !standings.failure && <Asking />}
      {standings.failure && <FailureNotice failure={standings.failure} kept={standings.answered} />}
      {standings.answered && standings.rows.length === 0 && !standings.failure && <Nothing named={names.customer} />}
      {!standings.failure && <Freshness answer={standings} />}
      {customer !== undefined && standings.rows[0] && <Overview customer={customer} standing={standings.rows[0]} answer={standings} />}
    </Page>
  );
}

function Nothing({ named }: { named: string | undefined }) {
  const link = usePageLink();
  return named === undefined ? (
    <EmptyState what={t('own.empty', 'Nothing of your network is known yet.')} remedy={t('own.empty-remedy', 'It appears here with the first data of your appliance. If that runs already, ask your partner.')} />
  ) : (
    <EmptyState
      what={t('own.no-such', 'No customer of your view is called {{customer}}.', { customer: named, interpolation: { escapeValue: false } })}
      remedy={<PageLink href={link('wall')}>{t('own.home', 'To the overview of your network')}</PageLink>}
    />
  );
}

function Overview({ customer, standing, answer }: { customer: string; standing: Standing; answer: { answeredAt: number | undefined; receivedAt: number } }) {
  const styles = useStyles2(getStyles);
  const link = usePageLink();
  const { timeZone } = usePageTime();
  const now = usePresent(answer);
  const sites = useFigure<SiteStanding>({ figure: 'sites', customer, limit: 1000 });
  const service = useFigure<ServiceRow>({ figure: 'availability', customer, by: 'customer' });
  const links = useFigure<LinkRow>({ figure: 'capacity', customer, kind: 'wan', order: 'percent', top: 20 });
  const paths = useFigure<PathRow>({ figure: 'paths', customer, limit: 500 });
  const traffic = useFigure({ figure: 'utilization', shape: 'series', measure: ['utilization_pct'], customer, kind: 'wan', order: 'percent', top: LINES, step: 'auto' }, { maxDataPoints: 200 });
  const voice = useFigure({ figure: 'voice', shape: 'series', measure: ['mos'], customer, step: 'auto' }, { maxDataPoints: 200 });
  const [kept] = service.rows;
  const worstPath = useMemo(() => [...paths.rows].sort((a, b) => (a.mean_mos ?? 9) - (b.mean_mos ?? 9)), [paths.rows]);
  // Nothing is said of the whole before all of it is known.
  const asked = [sites, service, links, paths];
  const known = asked.every((figure) => figure.answered || figure.failure);
  const unanswered = asked.find((figure) => figure.failure)?.failure;
  const risks = risksOf(standing, kept, links.rows, worstPath);
  const trafficLines = useMemo(() => traffic.series.map(({ labels, times, values }) => ({ name: [labels.site, labels.interface].filter(Boolean).join(' '), times, values })), [traffic.series]);
  const voiceLines = useMemo(() => {
    const shown = worstPath.slice(0, LINES).map((row) => row.path);
    return voice.series.filter(({ labels }) => shown.includes(labels.path)).map(({ labels, times, values }) => ({ name: labels.path, times, values }));
  }, [voice.series, worstPath]);
  const calls = standingReading('voice', [standing]);
  const columns: Array<Column<SiteStanding>> = [
    { key: 'site', title: t('column.site', 'Site'), show: (row) => <bdi>{row.site || t('page.no-site', '(no site)')}</bdi> },
    { key: 'state', title: t('column.state', 'State'), value: (row) => -row.urgency, show: (row) => <StateBadge state={stateOf(row.state)} /> },
    { key: 'since', title: t('column.since', 'Since'), show: (row) => clock(row.since, timeZone, now) },
    { key: 'devices', title: t('column.up-of', 'Up / devices'), figure: true, value: (row) => row.up, show: (row) => `${count(row.up)} / ${count(row.devices)}` },
  ];
  return (
    <>
      {known ? <Answer verdict={verdictOf(standing, sites.rows, timeZone, now)} /> : <Asking />}
      <div className={styles.tiles}>
        <FigureTile label={t('own.devices', 'Devices up')} value={`${count(standing.up)} / ${count(standing.devices)}`} state={stateOf(standing.state)} />
        <FigureTile
          label={t('own.availability', 'Availability in this time')}
          value={availability(kept?.availability_pct)}
          hint={typeof kept?.target_pct === 'number' ? t('own.agreed', 'agreed: {{target}}', { target: availability(kept.target_pct), interpolation: { escapeValue: false } }) : undefined}
          state={kept?.met === 'no' ? 'down' : kept?.met === 'yes' ? 'up' : undefined}
          href={link('availability', {}, { customer })}
        />
        <FigureTile label={t('own.downtime', 'Downtime of devices')} value={duration(typeof kept?.down_s === 'number' ? kept.down_s * 1000 : null)} hint={kept && longestText(kept.outage_count, kept.longest_s)} />
        <FigureTile label={t('own.voice', 'Call quality now')} value={voiceWord(standing.mos) ?? BLANK} hint={[standing.mos === null ? '' : `MOS ${fixed(standing.mos, 1)}`, calls.words].filter(Boolean).join(t('format.comma', ', '))} state={standing.mos === null || calls.quiet ? calls.state : voiceState(standing.mos)} quiet={calls.quiet} />
        <FigureTile label={t('own.link', 'Busiest link to the outside now')} value={BLANK} {...tileOf('load', [standing])} />
      </div>
      <OwnAlarms customer={customer} />
      <section className={styles.risks} aria-labelledby="own-risks">
        <h2 id="own-risks" className={styles.title}>
          {t('own.risks', 'What may become trouble')}
        </h2>
        {known && unanswered && <FailureNotice failure={unanswered} />}
        {!known ? (
          <Asking />
        ) : risks.length === 0 && unanswered ? null : risks.length === 0 ? (
          <p className={styles.none}>{t('own.no-risks', 'Nothing at present.')}</p>
        ) : (
          <ul className={styles.list}>
            {risks.slice(0, 10).map((risk, i) => (
              <li key={i}>
                <StateMark state={risk.kind === 'target' ? 'down' : risk.kind === 'unseen' ? 'unknown' : 'degraded'} /> <bdi>{riskText(risk)}</bdi>
              </li>
            ))}
          </ul>
        )}
      </section>
      <div className={styles.pair}>
        <FigureBlock title={t('own.traffic', 'Use of the busiest links')} figure={traffic} empty={<EmptyState what={t('own.no-traffic', 'No link to the outside was measured in this time.')} />}>
          <TimeChart label={t('own.traffic', 'Use of the busiest links')} lines={trafficLines} format={percent} span={{ low: 0, high: 100 }} />
        </FigureBlock>
        <FigureBlock title={t('own.calls', 'Call quality (MOS, 1 to 4.5)')} figure={voice} isEmpty={voiceLines.length === 0} empty={<EmptyState what={t('own.no-calls', 'No calls were measured in this time.')} />}>
          <TimeChart label={t('own.calls', 'Call quality (MOS, 1 to 4.5)')} lines={voiceLines} format={(value) => fixed(value, 1)} span={{ low: 1, high: 4.5 }} />
        </FigureBlock>
      </div>
      <FigureBlock title={t('customer.sites', 'Sites')} figure={sites} empty={<EmptyState what={t('own.no-sites', 'No site is known yet.')} />}>
        <DataTable label={t('customer.sites', 'Sites')} columns={columns} rows={sites.rows} rowKey={(row) => row.site} />
      </FigureBlock>
    </>
  );
}

function Asking() {
  const styles = useStyles2(getStyles);
  return <p className={styles.none}>{t('figure.asking', 'Asking...')}</p>;
}

const getStyles = (theme: GrafanaTheme2) => ({
  tiles: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  pair: css({ display: 'grid', gap: theme.spacing(2.5), gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 460px), 1fr))' }),
  risks: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  title: css({ margin: 0, fontSize: theme.typography.h4.fontSize, fontWeight: theme.typography.fontWeightMedium }),
  none: css({ margin: 0, color: theme.colors.text.secondary }),
  list: css({ listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(0.5) }),
  choice: css({ listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(1), fontSize: theme.typography.h4.fontSize }),
});
