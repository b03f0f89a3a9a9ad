import { t } from '@grafana/i18n';

import { type PathRow } from '../../figures/standing';
import { type Column, DataTable } from '../../view/DataTable';
import { clock, fixed, milliseconds, percent } from '../../view/format';
import { mosState } from '../../view/load';
import { NotNow } from '../../view/NotNow';
import { isRecent } from '../../view/recent';
import { StateMark } from '../../view/StateMark';
import { bandWord } from '../path/band';
import { usePageLink } from '../links';

/** Voice paths with how calls on them sound now, the worst first. */
export function VoicePaths({ rows, timeZone, now }: { rows: PathRow[]; timeZone: string; now: number }) {
  const link = usePageLink();
  const current = (row: PathRow) => isRecent(row.minute, now);
  const present = (row: PathRow, value: number | null) => (current(row) ? value : null);
  const columns: Array<Column<PathRow>> = [
    { key: 'path', title: t('paths.path', 'Path'), href: (row) => link('path', { customer: row.customer, site: row.site, path: row.path }) },
    {
      key: 'mos',
      title: 'MOS',
      figure: true,
      value: (row) => present(row, row.mos),
      show: (row) =>
        current(row) ? (
          <>
            {mosState(row.mos) === 'degraded' && <StateMark state="degraded" size="0.8em" />} {fixed(row.mos, 2)}
          </>
        ) : (
          <NotNow at={row.minute} timeZone={timeZone} now={now} />
        ),
    },
    { key: 'band', title: t('paths.band', 'Callers are'), minor: true, value: (row) => (current(row) ? bandWord(row.band) : null) },
    { key: 'loss_pct', title: t('paths.loss', 'Loss'), figure: true, value: (row) => present(row, row.loss_pct), show: (row) => percent(present(row, row.loss_pct)) },
    { key: 'delay_ms', title: t('paths.delay', 'Delay'), figure: true, value: (row) => present(row, row.delay_ms), show: (row) => milliseconds(present(row, row.delay_ms)) },
    { key: 'jitter_ms', title: t('paths.jitter', 'Jitter'), figure: true, minor: true, value: (row) => present(row, row.jitter_ms), show: (row) => milliseconds(present(row, row.jitter_ms)) },
    { key: 'min_mos', title: t('paths.lowest', 'Lowest MOS'), figure: true, minor: true, hint: t('paths.lowest-hint', 'Of the worst minute in the time range of the page'), show: (row) => fixed(row.min_mos, 2) },
    { key: 'minute', title: t('paths.measured', 'Measured'), minor: true, show: (row) => clock(row.minute, timeZone) },
  ];
  return <DataTable label={t('paths.label', 'Voice paths')} columns={columns} rows={rows} rowKey={(row) => row.path} sorting={{ column: 'mos', descending: false }} maxHeight={330} />;
}
