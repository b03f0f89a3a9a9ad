import { t } from '@grafana/i18n';
import { useMemo } from 'react';

import { type Row } from '../../figures/rows';
import { type DeviceRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { momentOf } from '../../view/age';
import { Answer } from '../../view/Answer';
import { Columns, Stack } from '../../view/Columns';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { FailureNotice } from '../../view/Notice';
import { availability } from '../../view/format';
import { Freshness } from '../../view/Freshness';
import { PageLink } from '../../view/PageLink';
import { shownState } from '../../view/state';
import { StateStrip } from '../../view/StateStrip';
import { stripRows } from '../../view/strip';
import { useNow } from '../../view/useNow';
import { usePageLink } from '../links';
import { deviceTree, findDevice } from '../site/tree';
import { type PageProps } from '../table';
import { DeviceFacts } from './DeviceFacts';
import { Interfaces } from './Interfaces';
import { LatestLog, type LogRow } from './LatestLog';
import { OpenAlarms } from './OpenAlarms';
import { type RebootRow, Reboots } from './Reboots';
import { Sensors } from './Sensors';
import { type SensorRow } from './sensors';
import { deviceVerdict, withSensors } from './verdict';

/** Devices of a site that are asked for, to tell what is behind this one. */
const MOST_NEIGHBOURS = 5000;
const LINES = 30;

/** One device: its state and since when, its history, its interfaces, its parts, what it logs. */
export default function DevicePage({ names: { customer, site, device } }: PageProps) {
  const here = { customer, site, device };
  const { range, timeZone } = usePageTime();
  const now = useNow(30_000);
  const at = momentOf(range, now);
  const link = usePageLink();
  const own = useFigure<DeviceRow>({ figure: 'topology', ...here });
  const neighbours = useFigure<DeviceRow>({ figure: 'topology', customer, site, limit: MOST_NEIGHBOURS });
  const states = useFigure({ figure: 'states', ...here });
  const share = useFigure<Row>({ figure: 'availability', by: 'device', ...here });
  const health = useFigure<SensorRow>({ figure: 'health', ...here });
  const reboots = useFigure<RebootRow>({ figure: 'reboots', ...here });
  const log = useFigure<LogRow>({ figure: 'syslog', limit: LINES, ...here });

  const [row] = own.rows;
  const found = useMemo(() => (device ? findDevice(deviceTree(neighbours.rows), device) : undefined), [neighbours.rows, device]);
  const strips = useMemo(() => stripRows(states.rows), [states.rows]);
  const reached = !row || !['down', 'unreachable', 'unknown'].includes(shownState(row.state, row.cause));
  const percentage = share.rows[0]?.availability_pct;

  return (
    <>
      {own.failure && <FailureNotice failure={own.failure} kept={own.answered} />}
      {own.answered && !row && !own.failure && (
        <EmptyState
          what={t('device.unknown', 'No device {{device}} is known at this site.', { device, interpolation: { escapeValue: false } })}
          remedy={<PageLink href={link('site', { customer, site })}>{t('device.unknown-remedy', 'It may have been renamed or moved: look for it at its site.')}</PageLink>}
        />
      )}
      {row && (
        <Answer verdict={withSensors(deviceVerdict(row, found?.node.behind ?? 0, found?.way ?? [], timeZone, at), health.rows, at)}>
          <Freshness answer={own} />
        </Answer>
      )}
      {row && <DeviceFacts row={row} behind={found?.node.behind ?? 0} timeZone={timeZone} now={at} />}
      <FigureBlock
        title={t('device.history', 'History')}
        figure={states}
        actions={
          typeof percentage === 'number' && (
            <PageLink href={link('availability', {}, { customer, site, device })}>{t('device.available', 'Available {{percent}} of this time', { percent: availability(percentage) })}</PageLink>
          )
        }
        empty={<EmptyState what={t('strip.empty', 'No states are known of this time.')} remedy={t('device.no-states-remedy', 'Widen the time range: the device may be newer than it, or not be pinged.')} />}
      >
        <StateStrip label={t('device.strip', 'State of the device over time')} rows={strips} from={range.from.valueOf()} to={range.to.valueOf()} timeZone={timeZone} rowHeight={46} labelWidth={0} />
      </FigureBlock>
      <Interfaces names={here} reached={reached} timeZone={timeZone} now={at} />
      <Columns>
        <Stack>
          <FigureBlock
            title={t('device.health', 'Health')}
            figure={health}
            empty={<EmptyState what={t('device.no-health', 'The device says nothing of its parts.')} remedy={t('device.no-health-remedy', 'They are asked by SNMP: Blind spots says whether that works.')} />}
          >
            <Sensors rows={health.rows} timeZone={timeZone} />
          </FigureBlock>
          <FigureBlock
            title={t('device.log', 'Latest log')}
            // There is always more: the page of the log has it.
            figure={{ ...log, truncated: false }}
            actions={<PageLink href={link('syslog', {}, { customer, site, device })}>{t('device.log-more', 'Search the log')}</PageLink>}
            empty={<EmptyState what={t('device.no-log', 'The device logged nothing in this time.')} remedy={t('device.no-log-remedy', 'If it never does: let it send syslog to the appliance of its site.')} />}
          >
            <LatestLog rows={log.rows} timeZone={timeZone} />
          </FigureBlock>
        </Stack>
        <Stack>
          <FigureBlock title={t('device.reboots', 'Restarts')} figure={reboots} empty={<EmptyState what={t('device.no-reboots', 'No restart in this time.')} />}>
            <Reboots rows={reboots.rows} timeZone={timeZone} />
          </FigureBlock>
          {row && <OpenAlarms names={here} figure={own} reached={reached} timeZone={timeZone} now={at} />}
        </Stack>
      </Columns>
    </>
  );
}
