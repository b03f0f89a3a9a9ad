import { css } from '@emotion/css';
import { dateTimeFormat, dateTimeForTimeZone, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react';

import { usePageTime } from '../figures/time';
import { labelPlaces, type Line, nearest, pathOf, pauseOf, type Span, spanOf, ticks, timeTicks } from './chart';
import { BLANK, count, moment } from './format';
import { type State, stateColours } from './state';
import { useWidth } from './useWidth';

/** A value worth a line across the chart. */
export interface Threshold {
  value: number;
  name: string;
  state?: State;
}

interface Props {
  /** What it shows, for who cannot see it. */
  label: string;
  lines: Line[];
  /** Writes a value with its unit. */
  format?: (value: number | null) => string;
  thresholds?: Threshold[];
  /** What the axis spans at least, such as 1 to 5 for a MOS. */
  span?: Partial<Span>;
  height?: number;
  /** Another time than the page's. */
  from?: number;
  to?: number;
  /** Shared by charts that stand below each other, so that one moment is read in all: what useState gives. */
  cursor?: [number | undefined, (at: number | undefined) => void];
}

const LEFT = 74;
const RIGHT = 8;
const TOP = 16;
const BOTTOM = 22;

/** Where the plot begins and ends within the width, in CSS pixels: what stands above or below lines up with it. */
export const PLOT = { left: LEFT, right: RIGHT };

// Told apart without colour too: each line has its own dashes.
const DASHES = ['', '7 3', '2 3', '10 3 2 3', '5 5', '1 4'];
const INKS = {
  dark: ['#62b8ff', '#f2b33d', '#5cc48d', '#e389c9', '#b9a5e6', '#c9cad6'],
  light: ['#1d57b0', '#8a5a00', '#17703f', '#a02c7d', '#5d459c', '#4a4c55'],
};

/** Lines over time. Hover, or focus and arrow keys, reads the values out. */
export function TimeChart({ label, lines, format = (value) => count(value, 2), thresholds = [], span: asked, height = 200, cursor, ...own }: Props) {
  const styles = useStyles2(getStyles);
  const { isDark } = useTheme2();
  const { range, timeZone } = usePageTime();
  const { ref, width } = useWidth();
  const alone = useState<number>();
  const [at, setAt] = cursor ?? alone;
  const from = own.from ?? range.from.valueOf();
  const to = Math.max(own.to ?? range.to.valueOf(), from + 1);
  const inks = isDark ? INKS.dark : INKS.light;

  const span = useMemo(() => spanOf(lines, thresholds.map((each) => each.value), asked), [lines, thresholds, asked]);
  const times = useMemo(() => [...new Set(lines.flatMap((line) => line.times))].sort((a, b) => a - b), [lines]);
  const x = (time: number) => LEFT + ((time - from) / (to - from)) * (width - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - (value - span.low) / (span.high - span.low)) * (height - TOP - BOTTOM);
  const places = labelPlaces(thresholds.map((each) => y(each.value)), TOP);
  const pause = useMemo(() => pauseOf(lines), [lines]);
  const paths = lines.map((line) => pathOf(line, x, y, pause));

  const chosen = at === undefined ? -1 : nearest(times, at);
  const time = times[chosen];
  const readout = time === undefined ? undefined : lines.map((line) => ({ name: line.name, value: valueAt(line, time) }));

  const onPointer = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(from + ((event.clientX - box.left - LEFT) / Math.max(1, width - LEFT - RIGHT)) * (to - from));
  };
  const onKey = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, PageUp: chosen - 10, PageDown: chosen + 10, Home: 0, End: times.length - 1 };
    if (event.key === 'Escape') {
      setAt(undefined);
    } else if (event.key in moves && times.length > 0) {
      event.preventDefault();
      const start = chosen < 0 ? times.length - 1 : moves[event.key];
      setAt(times[Math.max(0, Math.min(times.length - 1, start))]);
    }
  };
  const offsetAt = (moment: number) => dateTimeForTimeZone(timeZone, moment).utcOffset() * 60_000;

  return (
    <figure className={styles.figure}>
      <div ref={ref} className={styles.plot} tabIndex={0} role="group" aria-roledescription={t('chart.role', 'graph')} aria-label={t('chart.label', '{{label}}. Arrow keys read the values.', { label, interpolation: { escapeValue: false } })} onKeyDown={onKey} onBlur={() => setAt(undefined)}>
        <svg width={width} height={height} aria-hidden="true" onPointerMove={onPointer} onPointerLeave={() => setAt(undefined)}>
          {ticks(span).map((value) => (
            <g key={value}>
              <line x1={LEFT} x2={width - RIGHT} y1={y(value)} y2={y(value)} className={styles.grid} />
              <text x={LEFT - 8} y={y(value)} dy="0.32em" textAnchor="end" className={styles.axis}>
                {format(value)}
              </text>
            </g>
          ))}
          {timeTicks(from, to, Math.max(2, width / 110), offsetAt).map((tick) => (
            <text key={tick} x={x(tick)} y={height - 6} textAnchor="middle" className={styles.axis}>
              {dateTimeFormat(tick, { timeZone, format: to - from > 2 * 86400e3 ? 'MM-DD' : 'HH:mm' })}
            </text>
          ))}
          {thresholds.map((each, i) => (
            <g key={each.name}>
              <line x1={LEFT} x2={width - RIGHT} y1={y(each.value)} y2={y(each.value)} stroke={stateColours(each.state ?? 'degraded', isDark).ink} strokeDasharray="2 4" strokeWidth={1.5} />
              <text x={width - RIGHT} y={places[i]} textAnchor="end" className={styles.axis} style={{ fill: stateColours(each.state ?? 'degraded', isDark).ink }}>
                {each.name}
              </text>
            </g>
          ))}
          {/* A bucket may begin before the range does: what is left of the axis is cut off. */}
          <svg x={LEFT} y={0} width={Math.max(1, width - LEFT)} height={height} viewBox={`${LEFT} 0 ${Math.max(1, width - LEFT)} ${height}`}>
            {paths.map((path, i) => (
              <path key={i} d={path} fill="none" stroke={inks[i % inks.length]} strokeWidth={2} strokeLinecap="round" strokeLinejoin="round" strokeDasharray={DASHES[i % DASHES.length]} />
            ))}
          </svg>
          {time !== undefined && <line x1={x(time)} x2={x(time)} y1={TOP} y2={height - BOTTOM} className={styles.cursor} />}
        </svg>
      </div>
      <figcaption className={styles.legend} aria-live="polite">
        {time !== undefined && <span className={styles.time}>{moment(time, timeZone)}</span>}
        {lines.map((line, i) => (
          <span key={i} className={styles.entry}>
            <svg width="26" height="8" aria-hidden="true">
              <line x1="1" x2="25" y1="4" y2="4" stroke={inks[i % inks.length]} strokeWidth="2.5" strokeDasharray={DASHES[i % DASHES.length]} />
            </svg>
            <bdi>{line.name}</bdi>
            {readout && <strong>{readout[i].value === null ? BLANK : format(readout[i].value)}</strong>}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** The value a line has at a moment; null where it has none just then. */
function valueAt(line: Line, time: number): number | null {
  const i = nearest(line.times, time);
  return i >= 0 && line.times[i] === time ? line.values[i] : null;
}

const getStyles = (theme: GrafanaTheme2) => ({
  figure: css({ margin: 0, minWidth: 0 }),
  plot: css({ width: '100%', '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}` }, svg: { display: 'block', touchAction: 'pan-y' } }),
  grid: css({ stroke: theme.colors.border.weak }),
  axis: css({ fill: theme.colors.text.secondary, fontSize: 11, fontVariantNumeric: 'tabular-nums' }),
  cursor: css({ stroke: theme.colors.text.secondary, strokeDasharray: '3 3' }),
  legend: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5, 2), minHeight: 24, paddingLeft: theme.spacing(1), fontVariantNumeric: 'tabular-nums' }),
  entry: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(0.75), overflowWrap: 'anywhere' }),
  time: css({ color: theme.colors.text.secondary }),
});
