import { css } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { type ReactNode, useState } from 'react';

import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { count, moment } from '../../view/format';
import { PageLink } from '../../view/PageLink';
import { StateBadge } from '../../view/StateBadge';
import { severityState, severityWord } from '../device/severity';
import { usePageLink } from '../links';
import { type LogFilter, placeText } from './filter';
import { type LogLine } from './rates';

/** Lines on one page of the log. */
export const LINES = 100;

/** Lines of the log, the newest first; older ones by cursor, so that none is missed or doubled. */
export function LogLines({ filter, onChange }: { filter: LogFilter; onChange: (change: Partial<LogFilter>) => void }) {
  const styles = useStyles2(getStyles);
  const [cursors, setCursors] = useState<string[]>([]);
  const before = cursors[cursors.length - 1] ?? '';
  const figure = useFigure<LogLine>({ figure: 'syslog', ...filter, before, limit: LINES });
  const last = figure.rows[figure.rows.length - 1]?.cursor;
  const more = figure.rows.length === LINES && Boolean(last) && !figure.outdated;
  const pager = (
    <>
      <span>{t('syslog.page', 'Page {{page}}', { page: cursors.length + 1 })}</span>
      <Button size="sm" variant="secondary" disabled={cursors.length === 0} onClick={() => setCursors([])}>
        {t('syslog.newest', 'Newest')}
      </Button>
      <Button size="sm" variant="secondary" icon="angle-left" disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
        {t('syslog.newer', 'Newer')}
      </Button>
      <Button size="sm" variant="secondary" icon="angle-right" disabled={!more} onClick={() => last && setCursors([...cursors, last])}>
        {t('syslog.older', 'Older')}
      </Button>
    </>
  );
  return (
    <FigureBlock
      title={t('syslog.lines', 'Lines')}
      figure={{ ...figure, truncated: false }}
      actions={pager}
      empty={
        before ? (
          <EmptyState what={t('syslog.no-older', 'There are no older lines in this time.')} />
        ) : (
          <EmptyState what={t('syslog.empty', 'No line of the log matches.')} remedy={t('syslog.empty-remedy', 'Take a longer time or fewer filters. Devices log here once they send syslog to their appliance.')} />
        )
      }
    >
      <ol className={styles.list} aria-label={t('syslog.lines', 'Lines')}>
        {figure.rows.map((row, i) => (
          <Line key={row.cursor ?? i} row={row} place={placeText(row, filter)} onChange={onChange} />
        ))}
      </ol>
      <nav className={styles.below} aria-label={t('syslog.pages', 'Pages of the log')}>
        {pager}
      </nav>
    </FigureBlock>
  );
}

function Line({ row, place, onChange }: { row: LogLine; place: string; onChange: (change: Partial<LogFilter>) => void }) {
  const styles = useStyles2(getStyles);
  const { timeZone } = usePageTime();
  const link = usePageLink();
  const { mnemonic, app_name: app } = row;
  return (
    <li className={styles.line}>
      <details>
        <summary className={styles.summary}>
          <time className={styles.time}>{row.received === null ? '' : dateTimeFormat(row.received, { timeZone, format: 'MM-DD HH:mm:ss' })}</time>
          <span className={styles.severity}>
            <StateBadge state={severityState(row.severity)} word={severityWord(row.severity)} />
          </span>
          <span className={styles.sender}>
            <bdi>{row.sender}</bdi>
            {place && <bdi className={styles.place}>{place}</bdi>}
          </span>
          {row.what && <code className={styles.what}>{row.what}</code>}
          <bdi className={styles.text}>{row.text}</bdi>
          {row.messages !== null && row.messages > 1 && <span className={styles.times}>{t('syslog.times', 'stands for {{messages}}', { messages: count(row.messages) })}</span>}
        </summary>
        <dl className={styles.facts}>
          <Fact name={t('syslog.received', 'Received')}>{moment(row.received, timeZone)}</Fact>
          <Fact name={t('syslog.stamped', 'Its own time')}>{row.stamped === null ? '' : moment(row.stamped, timeZone)}</Fact>
          <Fact name={t('column.device', 'Device')}>
            {row.device ? <PageLink href={link('device', { customer: row.customer, site: row.site, device: row.device })}>{row.device}</PageLink> : t('syslog.nobody', 'not in the inventory')}
          </Fact>
          <Fact name={t('column.site', 'Site')}>{[row.customer, row.site].filter(Boolean).join(' / ')}</Fact>
          <Fact name={t('syslog.source', 'Came from')}>{row.relayed ? t('syslog.relay', '{{source}}, a relay', { source: row.source ?? '', interpolation: { escapeValue: false } }) : row.source}</Fact>
          <Fact name={t('syslog.host', 'Calls itself')}>{row.hostname}</Fact>
          <Fact name={t('syslog.raw', 'As it came')}>{row.raw}</Fact>
          <Fact name={t('syslog.complaint', 'Odd about it')}>{row.complaint}</Fact>
        </dl>
        <div className={styles.narrow}>
          {(mnemonic || app) && (
            <Button size="sm" variant="secondary" onClick={() => onChange(mnemonic ? { mnemonic } : { app: app ?? '' })}>
              {t('syslog.only-what', 'Only {{what}}', { what: mnemonic || app || '', interpolation: { escapeValue: false } })}
            </Button>
          )}
          {row.device && (
            <Button size="sm" variant="secondary" onClick={() => onChange({ customer: row.customer, site: row.site, device: row.device ?? '' })}>
              {t('syslog.only-device', 'Only {{device}}', { device: row.device, interpolation: { escapeValue: false } })}
            </Button>
          )}
        </div>
      </details>
    </li>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  const styles = useStyles2(getStyles);
  return children ? (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  ) : null;
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', margin: 0, padding: 0, containerType: 'inline-size', border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, background: theme.colors.background.primary }),
  line: css({ '& + &': { borderTop: `1px solid ${theme.colors.border.weak}` } }),
  summary: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.25, 1.5),
    alignItems: 'baseline',
    padding: theme.spacing(0.5, 1.5),
    cursor: 'pointer',
    '&:hover': { background: theme.colors.background.secondary },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}`, outlineOffset: -2 },
    '@container (min-width: 900px)': { display: 'grid', gridTemplateColumns: '8.2em 7em minmax(8em, 14em) minmax(6em, 15em) minmax(0, 1fr) auto' },
  }),
  time: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  severity: css({ gridColumn: 2 }),
  sender: css({ fontWeight: theme.typography.fontWeightMedium, overflowWrap: 'anywhere', '@container (min-width: 900px)': { gridColumn: 3 } }),
  place: css({ display: 'block', color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontWeight: theme.typography.fontWeightRegular }),
  what: css({ fontSize: 'inherit', background: 'none', border: 0, padding: 0, color: theme.colors.text.primary, overflowWrap: 'anywhere', whiteSpace: 'normal', '@container (min-width: 900px)': { gridColumn: 4 } }),
  text: css({ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap', flexBasis: '100%', '@container (min-width: 900px)': { gridColumn: 5 } }),
  times: css({ color: theme.colors.text.secondary, '@container (min-width: 900px)': { gridColumn: 6 } }),
  facts: css({ margin: 0, padding: theme.spacing(1, 1.5), display: 'grid', gap: theme.spacing(1, 2), gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 220px), 1fr))', background: theme.colors.background.secondary }),
  fact: css({ minWidth: 0, dt: { color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontWeight: theme.typography.fontWeightRegular }, dd: { margin: 0, overflowWrap: 'anywhere' } }),
  narrow: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), padding: theme.spacing(0, 1.5, 1), background: theme.colors.background.secondary }),
  below: css({ display: 'flex', justifyContent: 'flex-end', alignItems: 'center', flexWrap: 'wrap', gap: theme.spacing(1), paddingTop: theme.spacing(1) }),
});
