import { css, injectGlobal } from '@emotion/css';
import { createTheme, dateTimeFormat, ThemeContext } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useMemo } from 'react';
import { createPortal } from 'react-dom';

import { useApp } from '../../AppContext';
import { BrandMark } from '../../brand/BrandMark';
import { readable } from '../../brand/contrast';
import { zoneName } from '../../datasource/datasource';
import { usePageTime } from '../../figures/time';
import { causeText } from '../../view/cause';
import { count, moment, percent } from '../../view/format';
import { shownState } from '../../view/state';
import { StateBadge } from '../../view/StateBadge';
import { covers, type WindowRow } from './Maintenance';
import { type Grouping, type OutageRow, outagesByRow, rowKey, rowNames, type ServiceRow, type Share } from './service';
import { serviceColumns } from './ServiceTable';
import { excludedText, groupingWord, seconds } from './words';

/** Rows on paper at most; the files have them all. */
const MOST = 300;

// Grafana's own rule for paper comes later and says otherwise. It counts again when the sheet is gone.
const SHEET = '@page { size: A4 landscape !important; margin: 12mm !important; }';

interface Props {
  by: Grouping;
  calendar: string;
  rows: ServiceRow[];
  outages: OutageRow[];
  shares: Share[];
  windows: WindowRow[];
  verdict: string;
}

// Whatever else Grafana shows stays off the paper.
injectGlobal`
  .mimamori-paper { display: none; }
  @media print {
    body:has(> .mimamori-paper) > *:not(.mimamori-paper) { display: none !important; }
    html, body:has(> .mimamori-paper) { background: #fff !important; height: auto !important; min-height: 0 !important; overflow: visible !important; }
    .mimamori-paper { display: block; }
  }
`;

/** The report on paper: white, under the brand, without controls, whatever theme the screen has. */
export function PrintSheet({ by, calendar, rows, outages, shares, windows, verdict }: Props) {
  const { brand } = useApp();
  const { range, timeZone } = usePageTime();
  const light = useMemo(() => createTheme({ colors: { mode: 'light' } }), []);
  const accent = readable(brand.accentLight, '#ffffff');
  const behind = useMemo(() => outagesByRow(outages, by), [outages, by]);
  const printed = rows.slice(0, MOST);
  const columns = serviceColumns(by);
  const day = (at: number) => dateTimeFormat(at, { timeZone, format: 'YYYY-MM-DD HH:mm' });
  return createPortal(
    <ThemeContext.Provider value={light}>
      <article className={`mimamori-paper ${styles.paper}`}>
        <style>{SHEET}</style>
        <header className={styles.header} style={{ borderColor: accent, color: accent }}>
          <BrandMark brand={brand} size={36} />
          <strong>{brand.name}</strong>
          <h1>{t('availability.report', 'Availability report')}</h1>
        </header>
        <p>
          {t('availability.period', '{{from}} to {{to}}, times of {{zone}}.', { from: day(range.from.valueOf()), to: day(range.to.valueOf()), zone: zoneName(timeZone), interpolation: { escapeValue: false } })}{' '}
          {calendar ? t('availability.by-calendar', 'Measured by the hours of {{calendar}}.', { calendar, interpolation: { escapeValue: false } }) : t('availability.by-contract', 'Measured by the hours of each contract.')}
        </p>
        <p className={styles.verdict}>{verdict}</p>
        <table>
          <thead>
            <tr>
              <th>{groupingWord(by)}</th>
              {columns.map((column) => (
                <th key={column.key} className={styles.figure}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {printed.map((row) => (
              <tr key={rowKey(row)}>
                <td>{rowNames(row, by).join(' / ')}</td>
                {columns.map((column) => (
                  <td key={column.key} className={styles.figure}>
                    {column.show(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length > printed.length && <p>{t('availability.cut', 'These are the {{shown}} worst of {{all}}; the files have them all.', { shown: count(printed.length), all: count(rows.length) })}</p>}
        {shares.length > 0 && (
          <section>
            <h2>{t('availability.contributors', 'Who contributed most to the downtime')}</h2>
            <ol>
              {shares.slice(0, 10).map((each) => (
                <li key={`${each.customer}\n${each.site}\n${each.device}`}>
                  {[each.customer, each.site, each.device].join(' / ')}: {seconds(each.down_s)} ({percent(each.share)})
                </li>
              ))}
            </ol>
          </section>
        )}
        {windows.length > 0 && (
          <section>
            <h2>{t('availability.maintenance', 'Maintenance: what was excluded, and why')}</h2>
            <ul>
              {windows.map((each) => (
                <li key={each.id}>
                  {covers(each)}: {moment(each.next_from, timeZone)} - {moment(each.next_to, timeZone)}, {each.why} {each.reference}
                </li>
              ))}
            </ul>
          </section>
        )}
        {outages.length > 0 && <h2>{t('availability.outages', 'Outages')}</h2>}
        {printed.map((row) => {
          const own = behind.get(rowKey(row));
          return own ? (
            <section key={rowKey(row)}>
              <h3>{rowNames(row, by).join(' / ')}</h3>
              <table>
                <tbody>
                  {own.map((each, i) => (
                    <tr key={i}>
                      <td>
                        <StateBadge state={shownState(each.state, each.cause)} />
                      </td>
                      <td>{[by === 'customer' ? each.site : '', by === 'customer' || by === 'site' ? each.device : '', each.members].filter(Boolean).join(' / ')}</td>
                      <td>
                        {moment(each.from, timeZone)} - {each.ongoing ? t('availability.ongoing', 'goes on') : moment(each.to, timeZone)}
                      </td>
                      <td className={styles.figure}>{seconds(each.counted_s)}</td>
                      <td>{[causeText(each.cause), excludedText(each.excluded_why), each.ticket].filter(Boolean).join('; ')}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          ) : null;
        })}
        {brand.footer && <footer>{brand.footer}</footer>}
      </article>
    </ThemeContext.Provider>,
    document.body
  );
}

const styles = {
  paper: css({
    background: '#fff',
    color: '#17181c',
    fontSize: 12,
    lineHeight: 1.4,
    fontFamily: 'Inter, Helvetica, Arial, "Hiragino Sans", "Yu Gothic UI", "Meiryo", "Noto Sans CJK JP", "Noto Sans JP", sans-serif',
    table: { width: '100%', borderCollapse: 'collapse', margin: '8px 0' },
    thead: { display: 'table-header-group' },
    tr: { breakInside: 'avoid' },
    'th, td': { padding: '3px 6px', borderBottom: '1px solid #cfd2d8', textAlign: 'left', verticalAlign: 'top' },
    th: { fontWeight: 600 },
    h1: { fontSize: 20, margin: 0, color: '#17181c' },
    h2: { fontSize: 15, margin: '16px 0 4px', breakAfter: 'avoid' },
    h3: { fontSize: 13, margin: '10px 0 2px', breakAfter: 'avoid' },
    footer: { marginTop: 24, color: '#4a4c55' },
  }),
  header: css({ display: 'flex', gap: 14, alignItems: 'center', fontSize: 16, paddingBottom: 8, marginBottom: 10, borderBottom: '3px solid' }),
  verdict: css({ fontSize: 14, fontWeight: 600 }),
  figure: css({ '&&': { textAlign: 'right', fontVariantNumeric: 'tabular-nums' } }),
};
