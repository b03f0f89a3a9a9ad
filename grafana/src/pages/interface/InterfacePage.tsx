import { dateTime, type TimeRange } from '@grafana/data';
import { t } from '@grafana/i18n';
import { InlineSwitch } from '@grafana/ui';
import { useMemo, useState } from 'react';

import { type Row } from '../../figures/rows';
import { type DeviceRow, type InterfaceRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { useFigure } from '../../figures/useFigure';
import { momentOf } from '../../view/age';
import { Answer } from '../../view/Answer';
import { EmptyState } from '../../view/EmptyState';
import { FactList } from '../../view/FactList';
import { FigureBlock } from '../../view/FigureBlock';
import { bitRate, clock, duration, percent } from '../../view/format';
import { Freshness } from '../../view/Freshness';
import { FailureNotice } from '../../view/Notice';
import { PageLink } from '../../view/PageLink';
import { type Threshold, TimeChart } from '../../view/TimeChart';
import { useNow } from '../../view/useNow';
import { portWord } from '../device/ports';
import { usePageLink } from '../links';
import { type PageProps } from '../table';
import { type CapacityRow, CapacityTiles } from './CapacityTiles';
import { linesOf, spansCapacity } from './traffic';
import { capacityText, interfaceVerdict, isPresent } from './verdict';

const TRAFFIC = ['in_bps', 'out_bps'];
const LOSSES = ['in_error_pct', 'out_error_pct', 'in_discard_pct', 'out_discard_pct'];
/** Days that the 95th percentile, the busy hour and the trend are of: the trend takes 14. */
const CAPACITY_DAYS = 30;

/** One interface: what it carries against what it can, what it loses, and when it will be full. */
export default function InterfacePage({ names: { customer, site, device, interface: port } }: PageProps) {
  const here = { customer, site, device, interface: port };
  const { range, timeZone } = usePageTime();
  const now = useNow(30_000);
  const at = momentOf(range, now);
  const link = usePageLink();
  const cursor = useState<number>();
  const [whole, setWhole] = useState<boolean>();

  const own = useFigure<InterfaceRow>({ figure: 'interfaces', ...here });
  const devices = useFigure<DeviceRow>({ figure: 'topology', customer, site, device });
  const series = useFigure({ figure: 'utilization', shape: 'series', step: 'auto', measure: [...TRAFFIC, ...LOSSES], ...here });
  const total = useFigure<Row>({ figure: 'utilization', ...here });
  const month = useMemo(() => lastDays(range, CAPACITY_DAYS), [range]);
  const capacity = useFigure<CapacityRow>({ figure: 'capacity', ...here }, { range: month });

  const [row] = own.rows;
  const [itsDevice] = devices.rows;
  const [planned] = capacity.rows;
  const traffic = useMemo(() => linesOf(series.series, TRAFFIC), [series.series]);
  const losses = useMemo(() => linesOf(series.series, LOSSES), [series.series]);
  const most = row ? Math.max(row.in_capacity_bps ?? 0, row.out_capacity_bps ?? 0) || null : null;
  const toCapacity = whole ?? spansCapacity(traffic, most);
  const thresholds = useMemo(() => thresholdsOf(row, planned, toCapacity), [row, planned, toCapacity]);

  return (
    <>
      {own.failure && <FailureNotice failure={own.failure} kept={own.answered} />}
      {own.answered && !row && !own.failure && (
        <EmptyState
          what={t('interface.unknown', '{{device}} has told of no interface {{name}}.', { device, name: port, interpolation: { escapeValue: false } })}
          remedy={<PageLink href={link('device', { customer, site, device })}>{t('interface.unknown-remedy', 'It may have been renamed: look for it at its device.')}</PageLink>}
        />
      )}
      {row && (devices.answered || devices.failure) && (
        // Of what is not of the present nothing is said to be current.
        <Answer verdict={interfaceVerdict(row, itsDevice, timeZone, at)}>{isPresent(row, itsDevice, at) && <Freshness answer={own} />}</Answer>
      )}
      <FigureBlock
        title={t('interface.traffic', 'Traffic')}
        figure={series}
        isEmpty={traffic.every((line) => line.values.every((value) => value === null))}
        empty={<EmptyState what={t('interface.not-measured', 'Nothing was measured in this time.')} remedy={t('interface.not-measured-remedy', 'Widen the time range. The device is asked by SNMP: Blind spots says whether that works.')} />}
        actions={
          most !== null && <InlineSwitch label={t('interface.to-capacity', 'Up to the capacity')} showLabel={true} transparent={true} value={toCapacity} onChange={(event) => setWhole(event.currentTarget.checked)} />
        }
      >
        <TimeChart label={t('interface.traffic-label', 'Traffic in and out over time')} lines={traffic} format={bitRate} thresholds={thresholds} span={ZERO} height={260} cursor={cursor} />
      </FigureBlock>
      <FigureBlock title={t('interface.losses', 'Errors and discards, of all packets')} figure={series} isEmpty={losses.length === 0} empty={<EmptyState what={t('interface.no-packets', 'No packets were counted in this time.')} />}>
        <TimeChart label={t('interface.losses-label', 'Errors and discards over time')} lines={losses} format={percent} span={PERCENT} height={140} cursor={cursor} />
      </FigureBlock>
      <FigureBlock
        title={t('interface.capacity', 'Capacity, over the last {{days}} days', { days: CAPACITY_DAYS })}
        figure={capacity}
        empty={<EmptyState what={t('interface.no-capacity', 'Nothing was measured in these days.')} />}
      >
        {planned && <CapacityTiles row={planned} />}
      </FigureBlock>
      {row && <InterfaceFacts row={row} total={total.rows[0]} timeZone={timeZone} now={at} span={range.to.valueOf() - range.from.valueOf()} />}
    </>
  );
}

const ZERO = { low: 0 };
// Less than one per cent is drawn as little, not as a mountain.
const PERCENT = { low: 0, high: 1 };

/** Ends with a range and is so many days long at least. */
function lastDays(range: TimeRange, days: number): TimeRange {
  const to = range.to;
  const from = dateTime(Math.min(range.from.valueOf(), to.valueOf() - days * 86_400_000));
  return { from, to, raw: { from, to } };
}

function thresholdsOf(row: InterfaceRow | undefined, planned: CapacityRow | undefined, toCapacity: boolean): Threshold[] {
  const found: Threshold[] = [];
  const p95 = planned ? Math.max(planned.p95_in_bps ?? 0, planned.p95_out_bps ?? 0) : 0;
  if (p95 > 0) {
    found.push({ value: p95, name: t('interface.p95', '95th percentile'), state: 'maintenance' });
  }
  if (row && toCapacity) {
    for (const value of new Set([row.in_capacity_bps, row.out_capacity_bps])) {
      if (value) {
        found.push({ value, name: t('interface.capacity-line', 'Capacity {{rate}}', { rate: bitRate(value), interpolation: { escapeValue: false } }), state: 'down' });
      }
    }
  }
  return found;
}

/** What the interface is, and how much of the time was measured. */
function InterfaceFacts({ row, total, timeZone, now, span }: { row: InterfaceRow; total: Row | undefined; timeZone: string; now: number; span: number }) {
  const measured = typeof total?.measured_s === 'number' ? total.measured_s * 1000 : null;
  return (
    <FactList
      facts={[
        { name: t('links.alias', 'Description'), value: row.alias && <bdi>{row.alias}</bdi> },
        { name: t('links.state', 'State'), value: portWord(row.oper_state) },
        { name: t('links.kind', 'Kind'), value: row.kind?.toUpperCase() },
        { name: t('interface.rule', 'By the rule'), value: total?.rule },
        { name: t('links.capacity', 'Capacity'), value: capacityText(row) },
        { name: t('interface.duplex', 'Duplex'), value: total?.duplex === 'half' ? t('interface.half', 'half') : total?.duplex === 'full' ? t('interface.full', 'full') : '' },
        { name: t('interface.mean', 'Mean in this time'), value: percent(row.utilization_pct) },
        { name: t('interface.peak', 'Peak in this time'), value: t('interface.both-ways', '{{in}} in, {{out}} out', { in: bitRate(row.in_peak_bps), out: bitRate(row.out_peak_bps), interpolation: { escapeValue: false } }) },
        { name: t('interface.last', 'Last poll'), value: clock(row.last_measured, timeZone, now) },
        { name: t('interface.gaps', 'Not measured'), value: gapText(measured, span, total?.gaps) },
      ]}
    />
  );
}

function gapText(measured: number | null, span: number, gaps: unknown): string {
  if (measured === null) {
    return '';
  }
  const missing = Math.max(0, span - measured);
  return typeof gaps === 'string' && gaps !== '' ? t('interface.gap-why', '{{length}} ({{why}})', { length: duration(missing), why: gaps, interpolation: { escapeValue: false } }) : duration(missing);
}
