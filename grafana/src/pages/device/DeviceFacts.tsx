import { t } from '@grafana/i18n';

import { type DeviceRow } from '../../figures/standing';
import { clock, count, duration } from '../../view/format';
import { FactList } from '../../view/FactList';
import { PageLink } from '../../view/PageLink';
import { usePageLink } from '../links';

/** What is known of the device beside its state. */
export function DeviceFacts({ row, behind, timeZone, now }: { row: DeviceRow; behind: number; timeZone: string; now: number }) {
  const link = usePageLink();
  return (
    <FactList
      facts={[
        { name: t('device.address', 'Address'), value: row.address && <bdi>{row.address}</bdi> },
        { name: t('device.model', 'Model'), value: row.model && <bdi>{row.model}</bdi> },
        {
          name: t('device.reached', 'Reached through'),
          value: row.behind ? (
            <PageLink href={link('device', { customer: row.customer, site: row.site, device: row.behind })}>
              <bdi>{row.behind}</bdi>
            </PageLink>
          ) : (
            t('device.directly', 'Directly')
          ),
        },
        { name: t('device.behind', 'Behind it'), value: behind === 0 ? t('device.nothing', 'Nothing') : t('device.devices', '{{devices}} devices', { devices: count(behind) }) },
        { name: t('device.appliance', 'Watched by'), value: row.appliance && <bdi>{row.appliance}</bdi> },
        { name: t('device.seen', 'Last sign of life'), value: clock(row.last_seen, timeZone, now) },
        { name: t('device.uptime', 'Running for'), value: row.uptime_s === null ? '' : duration(row.uptime_s * 1000) },
        { name: t('device.interfaces', 'Interfaces'), value: count(row.interfaces) },
      ]}
    />
  );
}
