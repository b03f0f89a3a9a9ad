import { t } from '@grafana/i18n';

import { type Row } from '../../figures/rows';
import { type Column, DataTable } from '../../view/DataTable';
import { moment } from '../../view/format';

/** A row of `reboots`. */
export interface RebootRow extends Row {
  at: number | null;
  kind: string | null;
  evidence: string | null;
  corrected: boolean | null;
}

/** When the device, or its agent alone, restarted, and what betrays it. */
export function Reboots({ rows, timeZone }: { rows: RebootRow[]; timeZone: string }) {
  const columns: Array<Column<RebootRow>> = [
    { key: 'at', title: t('reboots.at', 'When'), show: (row) => moment(row.at, timeZone) },
    { key: 'kind', title: t('reboots.kind', 'What'), value: (row) => (row.kind === 'agent' ? t('reboots.agent', 'SNMP agent alone') : t('reboots.device', 'Device')) },
    { key: 'evidence', title: t('reboots.evidence', 'Known by'), minor: true },
  ];
  return <DataTable label={t('reboots.label', 'Restarts')} columns={columns} rows={rows} rowKey={(row, i) => `${row.at} ${i}`} sorting={{ column: 'at', descending: true }} maxHeight={260} />;
}
