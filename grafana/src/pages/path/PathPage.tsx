import { t } from '@grafana/i18n';
import { useMemo, useState } from 'react';

import { type PathRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { momentOf } from '../../view/age';
import { Answer } from '../../view/Answer';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { count, fixed, milliseconds, percent } from '../../view/format';
import { Freshness } from '../../view/Freshness';
import { FAIR_MOS, POOR_MOS } from '../../view/load';
import { FailureNotice } from '../../view/Notice';
import { PageLink } from '../../view/PageLink';
import { isRecent } from '../../view/recent';
import { TimeChart } from '../../view/TimeChart';
import { useNow } from '../../view/useNow';
import { usePageLink } from '../links';
import { type PageProps } from '../table';
import { belowSince, BY_MINUTE, lineOf, noteStretches, type VoiceRow } from './minutes';
import { NoteLane } from './NoteLane';
import { PathFacts } from './PathFacts';
import { pathVerdict } from './verdict';

const ZERO = { low: 0 };
const MOS_SPAN = { low: 1, high: 4.5 };

/** One voice path: how calls on it sound, and what spoils them, on one axis of time. */
export default function PathPage({ names: { customer, site, path } }: PageProps) {
  const here = { customer, site, path };
  const { range, timeZone } = usePageTime();
  const now = useNow(30_000);
  const at = momentOf(range, now);
  const link = usePageLink();
  const cursor = useState<number>();
  const byMinute = range.to.valueOf() - range.from.valueOf() <= BY_MINUTE;

  const own = useFigure<PathRow>({ figure: 'paths', ...here });
  const voice = useFigure<VoiceRow>({ figure: 'voice', step: byMinute ? '' : 'auto', limit: 5000, ...here });
  const [row] = own.rows;
  const rows = voice.rows;
  const mos = useMemo(() => [lineOf(rows, 'mos', 'MOS'), ...reported(rows)], [rows]);
  const delay = useMemo(() => [lineOf(rows, 'delay_ms', t('path.delay', 'Delay'))], [rows]);
  const jitter = useMemo(
    () => [lineOf(rows, 'jitter_ms', t('path.jitter', 'Jitter')), ...(byMinute ? [lineOf(rows, 'pdv99_ms', t('path.pdv', 'Delay variation, 99th percentile'))] : [])],
    [rows, byMinute]
  );
  const loss = useMemo(() => [lineOf(rows, 'loss_pct', t('path.loss', 'Loss'))], [rows]);
  const bursts = useMemo(() => [lineOf(rows, 'bursts', t('path.bursts', 'Bursts of loss'))], [rows]);
  const notes = useMemo(() => noteStretches(rows), [rows]);
  const limits = useMemo(
    () => [
      { value: FAIR_MOS, name: t('path.fair', '3.6 some dissatisfied'), state: 'degraded' as const },
      { value: POOR_MOS, name: t('path.poor', '3.1 nearly all dissatisfied'), state: 'down' as const },
    ],
    []
  );

  return (
    <>
      {own.failure && <FailureNotice failure={own.failure} kept={own.answered} />}
      {own.answered && !row && !own.failure && (
        <EmptyState
          what={t('path.unknown', 'No voice path "{{path}}" is known at this site.', { path, interpolation: { escapeValue: false } })}
          remedy={<PageLink href={link('site', { customer, site })}>{t('path.unknown-remedy', 'It may have been renamed: look for it at its site.')}</PageLink>}
        />
      )}
      {row && (
        // Of what is not of the present nothing is said to be current.
        <Answer verdict={pathVerdict(row, belowSince(rows, POOR_MOS), timeZone, at)}>{isRecent(row.minute, at) && <Freshness answer={own} />}</Answer>
      )}
      <FigureBlock
        title={byMinute ? t('path.by-minute', 'Minute by minute') : t('path.by-bucket', 'Over this time')}
        figure={voice}
        notes={true}
        empty={<EmptyState what={t('path.empty', 'Nothing was measured on this path in this time.')} remedy={t('path.empty-remedy', 'Widen the time range, or see at Appliances whether its appliance reports.')} />}
      >
        <TimeChart label={t('path.mos-label', 'MOS over time')} lines={mos} format={mosText} thresholds={limits} span={MOS_SPAN} height={200} cursor={cursor} />
        <TimeChart label={t('path.delay-label', 'Delay from mouth to ear over time')} lines={delay} format={milliseconds} span={ZERO} height={110} cursor={cursor} />
        <TimeChart label={t('path.jitter-label', 'Jitter over time')} lines={jitter} format={milliseconds} span={ZERO} height={110} cursor={cursor} />
        <TimeChart label={t('path.loss-label', 'Loss over time')} lines={loss} format={percent} span={ZERO} height={110} cursor={cursor} />
        {byMinute && <TimeChart label={t('path.bursts-label', 'Bursts of loss over time')} lines={bursts} format={count} span={ZERO} height={90} cursor={cursor} />}
      </FigureBlock>
      <FigureBlock
        title={t('path.notes', 'Notes')}
        figure={{ ...voice, truncated: false, failure: undefined }}
        isEmpty={notes.length === 0}
        empty={
          byMinute ? (
            <EmptyState what={t('path.no-notes', 'Nothing out of the ordinary in this time.')} />
          ) : (
            <EmptyState what={t('path.notes-long', 'Notes and bursts are kept minute by minute.')} remedy={t('path.notes-long-remedy', 'Choose a day or less to see them.')} />
          )
        }
      >
        <NoteLane notes={notes} from={range.from.valueOf()} to={range.to.valueOf()} timeZone={timeZone} now={at} />
      </FigureBlock>
      {row && <PathFacts row={row} latest={rows[rows.length - 1]} />}
    </>
  );
}

function mosText(value: number | null): string {
  return fixed(value, 2);
}

/** The router's own judgement beside ours, where it has one. */
function reported(rows: VoiceRow[]) {
  return rows.some((row) => row.reported_mos !== null) ? [lineOf(rows, 'reported_mos', t('path.reported', 'MOS by the router'))] : [];
}
