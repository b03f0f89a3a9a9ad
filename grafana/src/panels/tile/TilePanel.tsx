import { css } from '@emotion/css';
import { LoadingState, type PanelData, type PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';

import { notesOf, rowsOf } from '../../figures/rows';
import { ageOf, isPast, momentOf, presentOf, STALE_AFTER } from '../../view/age';
import { EmptyState } from '../../view/EmptyState';
import { BLANK } from '../../view/format';
import { agedReading, asFarAsKnown, type Reading } from '../../view/reading';
import { stateColours, stateWord } from '../../view/state';
import { StateMark } from '../../view/StateMark';
import { useNow } from '../../view/useNow';
import { layout, PADDING, VALUE_LINE, WORD_LINE } from './layout';
import { type TileOptions } from './options';
import { readFrames } from './readFrames';

/** One figure of a dashboard, to be read across a room: colour, shape and words, and no good colour for what nobody knows. */
export default function TilePanel({ data, timeRange, width, height, options }: PanelProps<TileOptions>) {
  const styles = useStyles2(getStyles);
  const { isDark } = useTheme2();
  const now = useNow();
  const frames = data.series;
  const facts = useMemo(() => ({ ...notesOf(frames), receivedAt: Date.now() }), [frames]);
  const rows = useMemo(() => frames.flatMap((frame) => rowsOf(frame)), [frames]);
  if (frames.length === 0 && data.state === LoadingState.Loading) {
    return null;
  }
  const at = momentOf(timeRange, presentOf(facts, now));
  const read = frames.length === 0 ? unanswered(failureOf(data)) : readFrames(options.shows, frames, rows, facts.truncated, at);
  if (!read) {
    return <EmptyState what={t('tile.other', 'This cannot be read off the answer.')} remedy={t('tile.other-remedy', 'Choose the figure "customers" or "sites" as a table in the query.')} />;
  }
  // Availability is of the time that was asked about, which ends when its data does.
  const present = frames.length > 0 && options.shows !== 'availability' && read.state !== 'empty' && !isPast(timeRange, now);
  const told = data.state === LoadingState.Error ? asFarAsKnown(read, failureOf(data)) : read;
  const reading = present ? agedReading(told, ageOf(facts, now), STALE_AFTER) : told;
  const { fill, onFill } = stateColours(reading.quiet ? 'empty' : reading.state, isDark);
  const { size, wordSize, lines } = layout(width, height, reading.words);
  return (
    <div className={styles.tile} style={{ width, height, background: fill, color: onFill }} data-state={reading.state} data-quiet={reading.quiet === true}>
      <span className={styles.value} style={{ fontSize: size }}>
        {reading.state !== 'empty' && ( // its dash before a number would be a minus
          <span role="img" aria-label={stateWord(reading.state)} className={styles.mark}>
            <StateMark state={reading.state} size={size * 0.8} colour={onFill} />
          </span>
        )}
        {reading.value}
      </span>
      {reading.words && (
        <span className={styles.words} style={{ fontSize: wordSize, WebkitLineClamp: lines }} title={reading.words}>
          {reading.words}
        </span>
      )}
    </div>
  );
}

/** Nothing came back: that is no good news. */
function unanswered(why: string): Reading {
  return { state: 'unknown', quiet: true, value: BLANK, words: why };
}

function failureOf({ errors, error }: PanelData): string {
  return errors?.[0]?.message ?? error?.message ?? t('tile.unanswered', 'there is no answer');
}

const getStyles = () => ({
  tile: css({ display: 'flex', flexDirection: 'column', justifyContent: 'center', alignItems: 'center', textAlign: 'center', gap: PADDING.gap, padding: `${PADDING.down / 2}px ${PADDING.across / 2}px`, borderRadius: 2, overflow: 'hidden' }),
  value: css({ display: 'flex', alignItems: 'center', gap: '0.25em', lineHeight: VALUE_LINE, fontWeight: 500, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  mark: css({ display: 'flex' }),
  words: css({ lineHeight: WORD_LINE, overflowWrap: 'anywhere', textWrap: 'balance', display: '-webkit-box', WebkitBoxOrient: 'vertical', overflow: 'hidden', flexShrink: 0 }),
});
