import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { type ApplianceRow } from '../../figures/standing';
import { bitRate, bytes, clock, count, duration, since } from '../../view/format';
import { FactList } from '../../view/FactList';
import { StateBadge } from '../../view/StateBadge';

/** How each appliance of the site is: whether it reports, what waits there, how its clock goes. */
export function ApplianceCards({ rows, timeZone, now }: { rows: ApplianceRow[]; timeZone: string; now: number }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.cards}>
      {rows.map((row) => (
        <div key={row.appliance} className={styles.card}>
          <div className={styles.head}>
            <StateBadge state={row.silent ? 'unknown' : 'up'} word={row.silent ? t('appliance.silent', 'Silent') : t('appliance.reports', 'Reports')} />
            <strong>
              <bdi>{row.appliance}</bdi>
            </strong>
            {row.silent && <span>{row.silent_since === null ? t('appliance.never', 'never heard of') : since(row.silent_since, timeZone, now)}</span>}
          </div>
          <FactList
            facts={[
              { name: t('appliance.heartbeat', 'Last heartbeat'), value: heartbeat(row, timeZone, now) },
              { name: t('appliance.backlog', 'Backlog'), value: backlog(row, timeZone, now) },
              { name: t('appliances.uplink', 'Uplink'), value: row.uplink_bps === null ? '' : bitRate(row.uplink_bps) },
              { name: t('appliance.clock', 'Clock'), value: clockText(row) },
              { name: t('appliance.devices', 'Devices'), value: devicesText(row) },
              { name: t('appliances.version', 'Version'), value: row.version },
            ]}
          />
        </div>
      ))}
    </div>
  );
}

function heartbeat(row: ApplianceRow, timeZone: string, now: number): string {
  return row.last_heartbeat === null ? '' : t('appliance.ago', '{{time}}, {{age}} ago', { time: clock(row.last_heartbeat, timeZone, now), age: duration(Math.max(0, now - row.last_heartbeat)), interpolation: { escapeValue: false } });
}

/** What waits at an appliance for its way to the centre. */
export function backlog(row: ApplianceRow, timeZone: string, now: number): string {
  if (row.backlog_bytes === null) {
    return '';
  }
  const dropped = row.dropped_blocks ? ` ${t('appliance.dropped', '{{blocks}} blocks were given up, its disk space was full.', { blocks: count(row.dropped_blocks) })}` : '';
  if (row.backlog_blocks === 0 || row.backlog_oldest === null) {
    return t('appliance.no-backlog', 'Nothing waits.') + dropped;
  }
  return (
    t('appliance.waiting', '{{size}} wait, the oldest {{since}}.', { size: bytes(row.backlog_bytes), since: since(row.backlog_oldest, timeZone, now), interpolation: { escapeValue: false } }) + dropped
  );
}

/** How far an appliance's clock is off. */
export function clockText(row: ApplianceRow): string {
  const offset = row.clock_offset_ms;
  if (offset === null) {
    return row.last_heartbeat === null ? '' : t('appliance.clock-right', 'Right');
  }
  const by = duration(Math.abs(offset));
  const off = offset > 0 ? t('appliance.clock-fast', '{{by}} fast', { by }) : t('appliance.clock-slow', '{{by}} slow', { by });
  return row.clock_refused ? t('appliance.clock-refused', '{{off}}: what it measures is not taken until it is set', { off }) : off;
}

function devicesText(row: ApplianceRow): string {
  return row.unknown ? t('appliance.devices-unknown', '{{devices}}, nothing known of {{unknown}}', { devices: count(row.devices), unknown: count(row.unknown) }) : count(row.devices);
}

const getStyles = (theme: GrafanaTheme2) => ({
  cards: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  card: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5), padding: theme.spacing(1.5, 2), border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, background: theme.colors.background.primary }),
  head: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5, 1.5), alignItems: 'baseline' }),
});
