import { t } from '@grafana/i18n';

import { type PathRow } from '../../figures/standing';
import { type Column, DataTable } from '../../view/DataTable';
import { clock, fixed, milliseconds, percent } from '../../view/format';
import { mosState } from '../../view/load';
import { StateMark } from '../../view/StateMark';
import { bandWord } from '../path/band';
import { usePageLink } from '../links';

/** Voice paths with how calls on them sound now, the worst first. */
export function VoicePaths({ rows, timeZone }: { rows: PathRow[]; timeZone: string }) {
  const link = usePageLink();
  const columns: Array<Column<PathRow>> = [
    { key: 'path', title: t('paths.path', 'Path'), href: (row) => link('path', { customer: row.customer, site: row.site, path: row.path }) },
    {
      key: 'mos',
      title: 'MOS',
      figure: true,
      show: (row) => (
        <>
          {mosState(row.mos) === 'degraded' && <StateMark state="degraded" size="0.8em" />} {fixed(row.mos, 2)}
        </>
      ),
    },
    { key: 'band', title: t('paths.band', 'Callers are'), minor: true, show: (row) => bandWord(row.band) },
    { key: 'loss_pct', title: t('paths.loss', 'Loss'), figure: true, show: (row) => percent(row.loss_pct) },
    { key: 'delay_ms', title: t('paths.delay', 'Delay'), figure: true, show: (row) => milliseconds(row.delay_ms) },
    { key: 'jitter_ms', title: t('paths.jitter', 'Jitter'), figure: true, minor: true, show: (row) => milliseconds(row.jitter_ms) },
    { key: 'min_mos', title: t('paths.lowest', 'Lowest MOS'), figure: true, minor: true, hint: t('paths.lowest-hint', 'Of the worst minute in the time range of the page'), show: (row) => fixed(row.min_mos, 2) },
    { key: 'minute', title: t('paths.measured', 'Measured'), minor: true, show: (row) => clock(row.minute, timeZone) },
  ];
  return <DataTable label={t('paths.label', 'Voice paths')} columns={columns} rows={rows} rowKey={(row) => row.path} sorting={{ column: 'mos', descending: false }} maxHeight={330} />;
}
