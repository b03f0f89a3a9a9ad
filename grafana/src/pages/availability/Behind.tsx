import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { availability, moment } from '../../view/format';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { OutageTable } from './OutageTable';
import { type CorrectedRow, type Grouping, type OutageRow, rowKey, rowNames, type ServiceRow } from './service';

/** Outages shown behind one figure at most. */
const MOST = 500;

interface Props {
  row: ServiceRow;
  by: Grouping;
  calendar: string;
}

/** What is behind a row's figure: every stretch that was not up, what did not count, and changes after the fact. */
export function Behind({ row, by, calendar }: Props) {
  const styles = useStyles2(getStyles);
  const { timeZone } = usePageTime();
  const names = { customer: row.customer, site: by === 'site' || by === 'device' ? (row.site ?? '') : '', device: by === 'device' ? (row.device ?? '') : '' };
  // A service group has no name to ask by: all of its customer come, and its own are kept.
  const outages = useFigure<OutageRow>({ figure: 'outages', by, calendar, ...names, limit: by === 'group' ? 10_000 : MOST });
  const corrected = useFigure<CorrectedRow>({ figure: 'corrected', by, calendar, ...names, limit: by === 'group' ? 10_000 : MOST }, { skip: row.corrected_at === null });
  const own = <R extends { customer: string; group: string | null }>(rows: R[]) => (by === 'group' ? rows.filter((each) => rowKey({ customer: each.customer, group: each.group }) === rowKey({ customer: row.customer, group: row.group })) : rows);
  const stretches = own(outages.rows);
  return (
    <div className={styles.behind}>
      {row.calendar && <p className={styles.quiet}>{t('availability.measured-by', 'Measured by the hours of {{calendar}}. With unknown time counted as down it would be {{figure}}.', { calendar: row.calendar, figure: availability(row.pessimistic_pct), interpolation: { escapeValue: false } })}</p>}
      <FigureBlock
        title={t('availability.outages-of', 'Not up: {{name}}', { name: rowNames(row, by).join(' / '), interpolation: { escapeValue: false } })}
        figure={outages}
        isEmpty={stretches.length === 0}
        empty={<EmptyState what={t('availability.no-outages', 'It was up all the time that is known.')} />}
      >
        <OutageTable rows={stretches} by={by} />
      </FigureBlock>
      {row.corrected_at !== null && (
        <FigureBlock title={t('availability.corrections', 'Corrected after the fact')} figure={corrected} isEmpty={own(corrected.rows).length === 0}>
          <ul className={styles.corrections}>
            {own(corrected.rows).map((each, i) => (
              <li key={i}>
                {t('availability.correction', '{{at}} by {{by}}: {{why}}. Until then it was {{before}}.', { at: moment(each.at, timeZone), by: each.by ?? '', why: each.why ?? '', before: availability(each.availability_before_pct), interpolation: { escapeValue: false } })}
              </li>
            ))}
          </ul>
        </FigureBlock>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  behind: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5), minWidth: 0 }),
  quiet: css({ margin: 0, color: theme.colors.text.secondary }),
  corrections: css({ margin: 0, paddingLeft: theme.spacing(2.5) }),
});
