import { t } from '@grafana/i18n';

/** States as the store tells them, maintenance and unreachable included. */
export type State = 'up' | 'degraded' | 'down' | 'unreachable' | 'unknown' | 'maintenance' | 'empty';

/** The most urgent first. */
export const STATES: readonly State[] = ['down', 'unreachable', 'unknown', 'degraded', 'maintenance', 'up', 'empty'];

/** Reads a state's code; what nobody knows is unknown, never up. */
export function stateOf(code: unknown): State {
  return STATES.includes(code as State) ? (code as State) : 'unknown';
}

/** A stretch or device's state as shown: a window covers it, and unreachable is told from down. */
export function shownState(state: unknown, cause?: unknown, maintenance?: unknown): State {
  if (maintenance === true) {
    return 'maintenance';
  }
  const read = stateOf(state);
  return read === 'down' && cause === 'unreachable' ? 'unreachable' : read;
}

/** The state in a word. */
export function stateWord(state: State): string {
  switch (state) {
    case 'up':
      return t('state.up', 'Up');
    case 'degraded':
      return t('state.degraded', 'Degraded');
    case 'down':
      return t('state.down', 'Down');
    case 'unreachable':
      return t('state.unreachable', 'Unreachable');
    case 'unknown':
      return t('state.unknown', 'Unknown');
    case 'maintenance':
      return t('state.maintenance', 'Maintenance');
    case 'empty':
      return t('state.empty', 'No devices');
  }
}

/** Colours of a state on one ground. */
export interface StateColours {
  /** Of words and marks on the page's ground: 4.5:1 at least. */
  ink: string;
  /** Of a filled area, and of words upon it: 4.5:1 at least between the two. */
  fill: string;
  onFill: string;
  /** Of a stretch in the strip: 3:1 at least on the ground it lies on. */
  band: string;
}

const DARK: Record<State, StateColours> = {
  up: { ink: '#5cc48d', fill: '#1f6b45', onFill: '#ffffff', band: '#2a8a5b' },
  degraded: { ink: '#f2b33d', fill: '#e3a424', onFill: '#17120a', band: '#e3a424' },
  down: { ink: '#ff7383', fill: '#b8142a', onFill: '#ffffff', band: '#e5384f' },
  unreachable: { ink: '#ff7383', fill: '#6e2530', onFill: '#ffffff', band: '#c25563' },
  unknown: { ink: '#b9a5e6', fill: '#57439a', onFill: '#ffffff', band: '#8a74d0' },
  maintenance: { ink: '#7fb2ff', fill: '#1d4f9e', onFill: '#ffffff', band: '#4a86e0' },
  empty: { ink: '#9a9ba6', fill: '#4a4c55', onFill: '#ffffff', band: '#7a7c86' },
};

const LIGHT: Record<State, StateColours> = {
  up: { ink: '#17703f', fill: '#1a7f4b', onFill: '#ffffff', band: '#1a7f4b' },
  degraded: { ink: '#8a5a00', fill: '#e8ac30', onFill: '#17120a', band: '#a86f00' },
  down: { ink: '#b8142a', fill: '#b8142a', onFill: '#ffffff', band: '#b8142a' },
  unreachable: { ink: '#b8142a', fill: '#8f3a45', onFill: '#ffffff', band: '#8f3a45' },
  unknown: { ink: '#5d459c', fill: '#57439a', onFill: '#ffffff', band: '#57439a' },
  maintenance: { ink: '#1d57b0', fill: '#1d57b0', onFill: '#ffffff', band: '#1d57b0' },
  empty: { ink: '#5a5f66', fill: '#6a6f76', onFill: '#ffffff', band: '#6a6f76' },
};

/** Colours of a state; they never follow the brand, so that red is the same red everywhere. */
export function stateColours(state: State, isDark: boolean): StateColours {
  return (isDark ? DARK : LIGHT)[state];
}
