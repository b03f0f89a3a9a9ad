import { useTheme2 } from '@grafana/ui';

import { type State, stateColours } from './state';

interface Props {
  state: State;
  /** Side in CSS units; 1em unless given. */
  size?: number | string;
  /** Instead of the state's own colour. */
  colour?: string;
}

/** The shape of a state: each differs by form as well as by colour. The word stands beside it. */
export function StateMark({ state, size = '1em', colour }: Props) {
  const { isDark } = useTheme2();
  const ink = colour ?? stateColours(state, isDark).ink;
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" data-state={state} style={{ color: ink, flex: 'none', verticalAlign: '-0.125em' }}>
      {SHAPES[state]}
    </svg>
  );
}

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.8 } as const;

const SHAPES: Record<State, JSX.Element> = {
  up: <circle cx="8" cy="8" r="6" fill="currentColor" />,
  degraded: (
    <>
      <circle cx="8" cy="8" r="5.6" {...line} />
      <path d="M8 2.4a5.6 5.6 0 0 0 0 11.2Z" fill="currentColor" />
    </>
  ),
  down: <rect x="1.5" y="1.5" width="13" height="13" fill="currentColor" />,
  unreachable: (
    <>
      <rect x="2.4" y="2.4" width="11.2" height="11.2" {...line} />
      <path d="M2.4 13.6 13.6 2.4" {...line} />
    </>
  ),
  unknown: (
    <>
      <path d="M8 1 15 8 8 15 1 8Z" {...line} strokeDasharray="2.4 1.4" />
      <path d="M6.2 6.4a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.5-.8 1M8 10.6v1.1" {...line} strokeWidth="1.4" />
    </>
  ),
  maintenance: (
    <>
      <path d="M3 13 10.5 5.5M13 13 5.5 5.5" {...line} strokeWidth="2" />
      <path d="M8.6 3.4 12.6 7.4M2.6 5.6 6.6 2.6" {...line} strokeWidth="2.6" />
    </>
  ),
  empty: <path d="M3 8h10" {...line} />,
};
