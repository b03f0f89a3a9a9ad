import { css } from '@emotion/css';
import { dateTimeFormat, dateTimeForTimeZone, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';

import { causeText } from './cause';
import { timeTicks } from './chart';
import { clock, duration } from './format';
import { stateFill } from './pattern';
import { type State, STATES, stateWord } from './state';
import { StateBadge } from './StateBadge';
import { bands, type Stretch, stretchAt, type StripRow } from './strip';
import { useRowWindow } from './useRowWindow';
import { useWidth } from './useWidth';

interface Props {
  /** What it shows, for who cannot see it. */
  label: string;
  rows: StripRow[];
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  timeZone: string;
  /** In place of the row's label, such as a link. */
  rowLabel?: (row: StripRow) => ReactNode;
  /** Height in CSS pixels beyond which it scrolls. */
  maxHeight?: number;
  rowHeight?: number;
  /** A width for the labels; 0 leaves them out. */
  labelWidth?: number;
}

/** States over time, one row each. Only rows in sight are drawn; hover or arrow keys read a stretch out. */
export function StateStrip({ label, rows, from, to, timeZone, rowLabel, maxHeight = 480, rowHeight = 26, labelWidth = 180 }: Props) {
  const styles = useStyles2(getStyles);
  const { ref, onScroll, shown } = useRowWindow(rows.length, rowHeight);
  const { ref: axis, width: whole } = useWidth();
  const [chosen, setChosen] = useState<Chosen>();
  const help = useId();
  const labels = Math.min(labelWidth, whole / 3);
  const width = Math.max(50, whole - labels);

  const onPointer = (row: number) => (event: PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const perPixel = (to - from) / Math.max(1, box.width);
    setChosen(chosenOf(rows, row, stretchAt(rows[row].stretches, from + (event.clientX - box.left) * perPixel, perPixel)));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      setChosen(undefined);
      return;
    }
    const next = step(rows, chosen, event.key);
    if (next) {
      event.preventDefault();
      setChosen(next);
      const box = ref.current;
      if (box && (next.row * rowHeight < box.scrollTop || (next.row + 1) * rowHeight > box.scrollTop + box.clientHeight)) {
        box.scrollTop = next.row * rowHeight - box.clientHeight / 2;
      }
    }
  };
  const offsetAt = (moment: number) => dateTimeForTimeZone(timeZone, moment).utcOffset() * 60_000;
  const present = STATES.filter((state) => rows.some((row) => row.stretches.some((each) => each.state === state)));

  return (
    <div>
      <div ref={ref} className={styles.scroll} style={{ maxHeight }} onScroll={onScroll} tabIndex={0} role="group" aria-label={label} aria-describedby={help} onKeyDown={onKey}>
        <div ref={axis} style={{ paddingTop: shown.above, paddingBottom: shown.below }}>
          {rows.slice(shown.first, shown.end).map((row, i) => (
            <div key={row.key} className={styles.row} style={{ height: rowHeight }}>
              {labels > 0 && (
                <div className={styles.label} style={{ width: labels }}>
                  {rowLabel ? rowLabel(row) : <bdi title={row.label}>{row.label}</bdi>}
                </div>
              )}
              <Strip
                stretches={row.stretches}
                from={from}
                to={to}
                width={width}
                height={rowHeight - 6}
                marked={chosen?.row === shown.first + i ? chosen.stretch : undefined}
                onPointerMove={onPointer(shown.first + i)}
                onPointerLeave={() => setChosen(undefined)}
              />
            </div>
          ))}
        </div>
      </div>
      <svg width={whole} height={18} aria-hidden="true" className={styles.axis}>
        {timeTicks(from, to, Math.max(2, width / 110), offsetAt).map((tick) => (
          <text key={tick} x={labels + ((tick - from) / Math.max(1, to - from)) * width} y={13} textAnchor="middle">
            {dateTimeFormat(tick, { timeZone, format: to - from > 2 * 86400e3 ? 'MM-DD' : 'HH:mm' })}
          </text>
        ))}
      </svg>
      <div className={styles.readout} aria-live="polite">
        {chosen ? <Readout label={chosen.label} stretch={chosen.stretch} timeZone={timeZone} /> : <Legend states={present} />}
      </div>
      <span id={help} className={styles.hidden}>
        {t('strip.help', 'Arrow keys go from one stretch to the next, and from row to row.')}
      </span>
    </div>
  );
}

/** What is read out. Its label is kept with it: after a refresh another device may stand in that row. */
type Chosen = { row: number; label: string; stretch: Stretch };

function chosenOf(rows: StripRow[], row: number, stretch: Stretch | undefined): Chosen | undefined {
  return stretch && { row, label: rows[row].label, stretch };
}

/** Where an arrow key leads. */
function step(rows: StripRow[], chosen: Chosen | undefined, key: string): Chosen | undefined {
  const moves: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-20, 0], PageDown: [20, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const move = moves[key];
  if (!move || rows.length === 0) {
    return undefined;
  }
  const row = Math.max(0, Math.min(rows.length - 1, chosen ? chosen.row + move[0] : 0));
  const { stretches } = rows[row];
  const now = chosen && chosen.row === row ? stretches.indexOf(chosen.stretch) : -1;
  const at = now >= 0 ? now + move[1] : chosen ? stretches.findIndex((each) => each.to > chosen.stretch.from) : stretches.length - 1;
  const stretch = stretches[Math.max(0, Math.min(stretches.length - 1, at))];
  return chosenOf(rows, row, stretch);
}

interface StripProps {
  stretches: Stretch[];
  from: number;
  to: number;
  width: number;
  height: number;
  marked: Stretch | undefined;
  onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => void;
  onPointerLeave: () => void;
}

/** One row on a canvas: a row of thousands of stretches costs one element. */
function Strip({ stretches, from, to, width, height, marked, ...pointer }: StripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { isDark, colors } = useTheme2();
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    context.canvas.width = width * ratio;
    context.canvas.height = height * ratio;
    context.scale(ratio, ratio);
    context.fillStyle = colors.border.weak;
    context.fillRect(0, height - 1, width, 1);
    for (const band of bands(stretches, from, to, width)) {
      context.fillStyle = stateFill(context, band.state, isDark);
      // Up stands low and all else full: seen without colour, and from afar. It goes under its
      // neighbours' edges, or a seam between two stretches of it would look like something.
      const up = band.state === 'up';
      const top = up ? height * 0.55 : 0;
      context.fillRect(up ? Math.floor(band.left) : band.left, top, up ? Math.ceil(band.width) + 1 : band.width, height - top);
    }
    if (marked) {
      const scale = width / Math.max(1, to - from);
      const left = Math.max(1, (marked.from - from) * scale);
      context.strokeStyle = colors.text.maxContrast;
      context.lineWidth = 2;
      context.strokeRect(left, 1, Math.max(3, Math.min(width - 1, (marked.to - from) * scale) - left), height - 2);
    }
  }, [stretches, from, to, width, height, marked, isDark, colors]);
  return <canvas ref={canvas} style={{ width, height }} aria-hidden="true" {...pointer} />;
}

function Readout({ label, stretch, timeZone }: { label: string; stretch: Stretch; timeZone: string }) {
  const plain = { interpolation: { escapeValue: false } };
  return (
    <>
      <bdi>{label}</bdi>
      <StateBadge state={stretch.state} />
      <span>
        {t('strip.stretch', '{{from}} to {{to}}, {{length}}', { from: clock(stretch.from, timeZone), to: clock(stretch.to, timeZone), length: duration(stretch.to - stretch.from), ...plain })}
      </span>
      {stretch.cause && <span>{causeText(stretch.cause)}</span>}
      {stretch.evidence && <bdi>{stretch.evidence}</bdi>}
      {stretch.merged > 1 && <span>{t('strip.merged', 'the worst of {{merged}} too short to be drawn apart', { merged: stretch.merged })}</span>}
      {stretch.corrected && <span>{t('strip.corrected', 'corrected after the fact')}</span>}
    </>
  );
}

function Legend({ states }: { states: State[] }) {
  const { isDark } = useTheme2();
  return (
    <>
      {states.map((state) => (
        <span key={state} style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
          <Sample state={state} isDark={isDark} />
          {stateWord(state)}
        </span>
      ))}
    </>
  );
}

function Sample({ state, isDark }: { state: State; isDark: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context) {
      context.clearRect(0, 0, 24, 14);
      context.fillStyle = stateFill(context, state, isDark);
      const top = state === 'up' ? 7 : 0;
      context.fillRect(0, top, 24, 14 - top);
    }
  }, [state, isDark]);
  return <canvas ref={canvas} width={24} height={14} aria-hidden="true" />;
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({ overflowY: 'auto', overflowX: 'hidden', '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}` } }),
  row: css({ display: 'flex', alignItems: 'center' }),
  label: css({ flex: 'none', paddingRight: theme.spacing(1), overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  axis: css({ display: 'block', overflow: 'hidden', text: { fill: theme.colors.text.secondary, fontSize: 11 } }),
  readout: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5, 2), minHeight: 28, alignItems: 'center', paddingTop: theme.spacing(0.5) }),
  hidden: css({ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' }),
});
