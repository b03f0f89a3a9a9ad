import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';

import { useFigure } from '../../figures/useFigure';
import { Answer, type Verdict } from '../../view/Answer';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { count } from '../../view/format';
import { Notice } from '../../view/Notice';
import { TimeChart } from '../../view/TimeChart';
import { severityWord } from '../device/severity';
import { Page } from '../Page';
import { useParameters } from '../parameters';
import { type PageProps } from '../table';
import { LOG_PARAMETERS, placeText, rateFilter, ratesCountMore } from './filter';
import { LogFilters } from './LogFilters';
import { LogLines } from './LogLines';
import { asSevere, bySeverity, newOnes, type RateRow, total } from './rates';
import { RateTable } from './RateTable';

/** What devices say of themselves: lines by words, how many of which severity and kind, and what is new. */
export default function SyslogPage(_: PageProps) {
  const styles = useStyles2(getStyles);
  const [filter, change] = useParameters(LOG_PARAMETERS);
  const narrowed = rateFilter(filter);
  const severities = useFigure<RateRow>({ figure: 'syslog_rates', by: 'severity', ...narrowed });
  const course = useFigure({ figure: 'syslog_rates', shape: 'series', measure: ['messages'], by: 'severity', step: 'auto', ...narrowed }, { maxDataPoints: 120 });
  const kinds = useFigure<RateRow>({ figure: 'syslog_rates', by: 'mnemonic', top: 500, ...narrowed });
  const senders = useFigure<RateRow>({ figure: 'syslog_rates', by: 'device', top: 50, ...narrowed });
  const lines = useMemo(() => bySeverity(course.series).map(({ severity, times, values }) => ({ name: severityWord(severity), times, values })), [course.series]);
  const fresh = useMemo(() => newOnes(kinds.rows), [kinds.rows]);
  const whatOf = (row: RateRow) => (row.mnemonic ? { mnemonic: row.mnemonic } : row.app_name ? { app: row.app_name } : undefined);
  const whatName = (row: RateRow) => row.what || t('syslog.no-mnemonic', '(neither mnemonic nor application)');

  return (
    <Page>
      {severities.answered && !severities.failure && <Answer verdict={verdictOf(severities.rows, fresh)} />}
      <LogFilters filter={filter} onChange={change} />
      {ratesCountMore(filter) && <Notice kind="info">{t('syslog.rates-wider', 'Words and applications narrow the lines alone; the rates count all messages of the other filters.')}</Notice>}
      <FigureBlock title={t('syslog.course', 'Messages by severity over time')} figure={course} empty={<EmptyState what={t('syslog.none', 'Nothing was logged in this time.')} />}>
        <TimeChart label={t('syslog.course', 'Messages by severity over time')} lines={lines} format={(value) => count(value)} span={{ low: 0 }} height={160} />
      </FigureBlock>
      <div className={styles.columns}>
        <FigureBlock title={t('syslog.fresh', 'New, compared with as much time before')} figure={kinds} isEmpty={fresh.length === 0} notes empty={<EmptyState what={t('syslog.nothing-new', 'Nothing is new.')} />}>
          <RateTable label={t('syslog.fresh', 'New, compared with as much time before')} title={t('syslog.what', 'Mnemonic or application')} rows={fresh} name={whatName} narrow={whatOf} onChange={change} />
        </FigureBlock>
        <FigureBlock title={t('syslog.by-what', 'By mnemonic')} figure={kinds} empty={<EmptyState what={t('syslog.none', 'Nothing was logged in this time.')} />}>
          <RateTable label={t('syslog.by-what', 'By mnemonic')} title={t('syslog.what', 'Mnemonic or application')} rows={kinds.rows} name={whatName} narrow={whatOf} onChange={change} />
        </FigureBlock>
        <FigureBlock title={t('syslog.by-device', 'By device')} figure={senders} empty={<EmptyState what={t('syslog.none', 'Nothing was logged in this time.')} />}>
          <RateTable
            label={t('syslog.by-device', 'By device')}
            title={t('column.device', 'Device')}
            rows={senders.rows}
            name={(row) => row.device || t('syslog.nobody', 'not in the inventory')}
            narrow={(row) => (row.device ? { customer: row.customer ?? '', site: row.site ?? '', device: row.device } : undefined)}
            onChange={change}
            place={filter.site ? undefined : (row) => placeText(row, filter)}
          />
        </FigureBlock>
      </div>
      <LogLines key={JSON.stringify(filter)} filter={filter} onChange={change} />
    </Page>
  );
}

/** The page's answer: how much was logged, how much of it is grave, what is new. */
function verdictOf(rows: RateRow[], fresh: RateRow[]): Verdict {
  const plain = { interpolation: { escapeValue: false } };
  const all = total(rows);
  if (all === 0) {
    return { state: 'empty', text: t('syslog.none', 'Nothing was logged in this time.') };
  }
  const errors = asSevere(rows, 3);
  const critical = asSevere(rows, 2);
  const parts = [
    t('syslog.verdict', 'Messages: {{all}}; error and worse: {{errors}}, of these critical and worse: {{critical}}.', { all: count(all), errors: count(errors), critical: count(critical) }),
    fresh.length > 0 ? t('syslog.verdict-new', 'New kinds: {{fresh}}, most of all {{what}}.', { fresh: count(fresh.length), what: fresh[0].what ?? '', ...plain }) : '',
  ];
  return { state: critical > 0 ? 'down' : errors > 0 ? 'degraded' : 'up', text: parts.filter(Boolean).join(' ') };
}

const getStyles = (theme: GrafanaTheme2) => ({
  columns: css({ display: 'grid', gap: theme.spacing(2.5), gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 460px), 1fr))', alignItems: 'start' }),
});
