import { createDataFrame, dateTime, type DataFrame, LoadingState, type PanelProps } from '@grafana/data';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, describe, expect, it } from 'vitest';

import { type TileOptions } from './options';
import TilePanel from './TilePanel';

const place = document.body.appendChild(document.createElement('div'));
const root = createRoot(place);
afterEach(() => act(async () => root.render(null)));

const COUNTS = { devices: 200, up: 0, down: 0, unreachable: 0, degraded: 0, unknown: 0, maintenance: 0, appliances: 1, appliances_silent: 0, mos: null, utilization_pct: null };

/** An answer of `customers` whose newest data is so many milliseconds old. */
function answer(counts: Partial<Record<keyof typeof COUNTS, number | null>>, age = 5000): DataFrame[] {
  const fields = Object.entries({ ...COUNTS, ...counts }).map(([name, value]) => ({ name, values: [value] }));
  const now = Date.now();
  return [{ ...createDataFrame({ fields }), meta: { custom: { as_of: new Date(now - age).toISOString(), now: new Date(now).toISOString() } } }];
}

/** Shows a tile, and returns how good it looks and what it says. */
async function show(shows: TileOptions['shows'], series: DataFrame[], state = LoadingState.Done) {
  const [from, to] = [dateTime(Date.now() - 3600_000), dateTime()];
  const timeRange = { from, to, raw: { from: 'now-1h', to: 'now' } };
  const props = { options: { shows }, data: { series, state, timeRange }, timeRange, width: 200, height: 130 } as unknown as PanelProps<TileOptions>;
  await act(async () => root.render(<TilePanel {...props} />));
  const tile = place.querySelector<HTMLElement>('[data-quiet]');
  return { state: tile?.dataset.state, quiet: tile?.dataset.quiet, sign: tile?.querySelector('[role="img"]')?.getAttribute('aria-label'), said: place.textContent, ground: tile?.style.background };
}

describe('a tile', () => {
  it('is green, with what it counts, where all is known', async () => {
    expect(await show('down', answer({ up: 200 }))).toMatchObject({ state: 'up', sign: 'Up', said: '0of 200 devices' });
  });

  it('tells by colour, sign and words that nothing is known', async () => {
    const green = (await show('down', answer({ up: 200 }))).ground;
    const silent = await show('down', answer({ unknown: 200, appliances_silent: 1 }));
    expect(silent).toMatchObject({ state: 'unknown', quiet: 'false', sign: 'Unknown', said: '\u2013nothing is known, 200 of 200 devices unknown, 1 of 1 appliances silent' });
    const partly = await show('down', answer({ up: 150, unknown: 50 }));
    expect(partly).toMatchObject({ state: 'unknown', quiet: 'true', said: '00 known down, 50 of 200 devices unknown' });
    expect(new Set([green, silent.ground, partly.ground]).size).toBe(3);
  });

  it('is not green of old data, and says how old', async () => {
    expect(await show('down', answer({ up: 200 }, 720_000))).toMatchObject({ state: 'unknown', quiet: 'true', said: '0data 12 min old, of 200 devices' });
  });

  it('is not green without an answer, nor of the last one where a new one failed', async () => {
    expect(await show('down', [], LoadingState.Error)).toMatchObject({ state: 'unknown', said: '\u2013there is no answer' });
    expect(await show('down', answer({ up: 200 }), LoadingState.Error)).toMatchObject({ state: 'unknown', said: '0of 200 devices, there is no answer' });
  });

  it('says what to ask where the answer is of another figure', async () => {
    expect((await show('availability', answer({ up: 200 }))).said).toContain('cannot be read');
  });
});
