import { t } from '@grafana/i18n';
import { useMemo } from 'react';

import { type DeviceRow, type InterfaceRow } from '../../figures/standing';
import { type Column, DataTable } from '../../view/DataTable';
import { bitRate, percent } from '../../view/format';
import { greater } from '../../view/load';
import { LoadBar } from '../../view/LoadBar';
import { NotNow } from '../../view/NotNow';
import { shownState } from '../../view/state';
import { isPresent } from '../interface/verdict';
import { usePageLink } from '../links';

/** The site's ways out: load now and over the time, the busiest first. */
export function WanLinks({ rows, devices, timeZone, now }: { rows: InterfaceRow[]; devices: DeviceRow[]; timeZone: string; now: number }) {
  const link = usePageLink();
  const byName = useMemo(() => new Map(devices.map((device) => [device.device, device])), [devices]);
  const current = (row: InterfaceRow) => isPresent(row, byName.get(row.device), now);
  const present = (row: InterfaceRow, value: number | null) => (current(row) ? value : null);
  const columns: Array<Column<InterfaceRow>> = [
    {
      key: 'interface',
      title: t('links.link', 'Link'),
      value: (row) => `${row.device} ${row.interface}`,
      show: (row) => (
        <bdi>
          {row.device} {row.interface}
        </bdi>
      ),
      href: (row) => link('interface', { customer: row.customer, site: row.site, device: row.device, interface: row.interface }),
    },
    { key: 'alias', title: t('links.alias', 'Description'), minor: true },
    { key: 'last_utilization_pct', title: t('links.now', 'Now'), figure: true, value: (row) => present(row, row.last_utilization_pct), show: (row) => (current(row) ? <LoadBar value={row.last_utilization_pct} /> : <Past row={row} device={byName.get(row.device)} timeZone={timeZone} now={now} />) },
    { key: 'last_in_bps', title: t('links.in', 'In'), figure: true, value: (row) => present(row, row.last_in_bps), show: (row) => bitRate(present(row, row.last_in_bps)) },
    { key: 'last_out_bps', title: t('links.out', 'Out'), figure: true, value: (row) => present(row, row.last_out_bps), show: (row) => bitRate(present(row, row.last_out_bps)) },
    { key: 'in_capacity_bps', title: t('links.capacity', 'Capacity'), figure: true, minor: true, show: (row) => bitRate(row.in_capacity_bps) },
    { key: 'utilization_pct', title: t('links.mean', 'Mean'), figure: true, minor: true, hint: t('links.mean-hint', 'Over the time range of the page'), show: (row) => percent(row.utilization_pct) },
    { key: 'errors', title: t('links.errors', 'Errors'), figure: true, minor: true, value: (row) => greater(row.in_error_pct, row.out_error_pct), show: (row) => percent(greater(row.in_error_pct, row.out_error_pct)) },
  ];
  return <DataTable label={t('links.label', 'WAN links')} columns={columns} rows={rows} rowKey={(row) => `${row.device} ${row.interface}`} sorting={{ column: 'last_utilization_pct', descending: true }} maxHeight={330} />;
}

/** Since when a link is not measured, with what its device has to do with it. */
function Past({ row, device, timeZone, now }: { row: InterfaceRow; device: DeviceRow | undefined; timeZone: string; now: number }) {
  const state = device && shownState(device.state, device.cause);
  const why = state === 'down' ? t('links.device-down', 'the device is down') : state === 'unreachable' ? t('links.device-unreachable', 'the device is unreachable') : '';
  return (
    <>
      <NotNow at={row.last_measured} timeZone={timeZone} now={now} />
      {why && ` (${why})`}
    </>
  );
}
