import { t } from '@grafana/i18n';

import { type Column, DataTable } from '../../view/DataTable';
import { clock } from '../../view/format';
import { StateBadge } from '../../view/StateBadge';
import { reading, sensorOrder, type SensorRow, sensorState, sensorWord } from './sensors';

/** What the device says of its parts, the gravest first. */
export function Sensors({ rows, timeZone }: { rows: SensorRow[]; timeZone: string }) {
  const columns: Array<Column<SensorRow>> = [
    { key: 'status', title: t('sensors.status', 'Status'), value: sensorOrder, show: (row) => <StateBadge state={sensorState(row.status)} word={sensorWord(row.status)} /> },
    { key: 'sensor', title: t('sensors.sensor', 'Sensor') },
    { key: 'kind', title: t('sensors.kind', 'Kind'), minor: true },
    { key: 'value', title: t('sensors.value', 'Now'), figure: true, show: (row) => reading(row.value, row.unit) },
    { key: 'min', title: t('sensors.min', 'Lowest'), figure: true, minor: true, show: (row) => reading(row.min, row.unit) },
    { key: 'max', title: t('sensors.max', 'Highest'), figure: true, minor: true, show: (row) => reading(row.max, row.unit) },
    { key: 'worst', title: t('sensors.worst', 'Worst'), minor: true, show: (row) => (row.worst === row.status ? '' : sensorWord(row.worst)) },
    { key: 'at', title: t('sensors.at', 'Read'), minor: true, show: (row) => clock(row.at, timeZone) },
  ];
  return <DataTable label={t('sensors.label', 'Health sensors')} columns={columns} rows={rows} rowKey={(row, i) => `${row.kind} ${row.sensor} ${i}`} sorting={{ column: 'status', descending: false }} maxHeight={400} />;
}
