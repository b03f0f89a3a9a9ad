import { css } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';

import { clock, duration } from '../../view/format';
import { StateMark } from '../../view/StateMark';
import { PLOT } from '../../view/TimeChart';
import { type NoteStretch } from './minutes';
import { isAudible, noteText } from './notes';

interface Props {
  notes: NoteStretch[];
  from: number;
  to: number;
  timeZone: string;
  now: number;
}

/** What was noted of the path: marks on the axis of the graphs above, and below them in words. */
export function NoteLane({ notes, from, to, timeZone, now }: Props) {
  const styles = useStyles2(getStyles);
  const place = (at: number) => `${(100 * Math.min(1, Math.max(0, (at - from) / Math.max(1, to - from)))).toFixed(3)}%`;
  return (
    <div>
      <div className={styles.lane} aria-hidden="true">
        {notes.map((each) => (
          <span
            key={`${each.note} ${each.from}`}
            className={isAudible(each.note) ? styles.audible : styles.quiet}
            style={{ left: place(each.from), width: `max(6px, calc(${place(each.to)} - ${place(each.from)}))` }}
            title={`${dateTimeFormat(each.from, { timeZone, format: 'HH:mm' })} ${noteText(each.note)}`}
          />
        ))}
      </div>
      <ul className={styles.list} tabIndex={0} aria-label={t('note.label', 'Notes on the path')}>
        {notes.map((each) => (
          <li key={`${each.note} ${each.from}`} className={styles.note}>
            <StateMark state={isAudible(each.note) ? 'degraded' : 'empty'} size="0.9em" />
            <time className={styles.time}>{clock(each.from, timeZone, now)}</time>
            <span>{noteText(each.note)}</span>
            {each.minutes > 1 && <span className={styles.time}>{t('note.for', 'for {{length}}', { length: duration(each.to - each.from), interpolation: { escapeValue: false } })}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  lane: css({ position: 'relative', height: 16, marginLeft: PLOT.left, marginRight: PLOT.right, background: theme.colors.background.secondary, borderRadius: 2, overflow: 'hidden' }),
  audible: css({ position: 'absolute', top: 2, bottom: 2, background: theme.colors.warning.main, borderRadius: 1 }),
  quiet: css({ position: 'absolute', top: 6, bottom: 2, border: `2px solid ${theme.colors.text.secondary}`, borderRadius: 1 }),
  list: css({ listStyle: 'none', margin: theme.spacing(1, 0, 0), padding: 0, maxHeight: 260, overflow: 'auto' }),
  note: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.25, 1), alignItems: 'baseline', padding: theme.spacing(0.5, 0) }),
  time: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
});
