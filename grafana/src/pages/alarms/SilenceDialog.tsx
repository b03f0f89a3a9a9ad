import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Checkbox, Field, TextArea, useStyles2 } from '@grafana/ui';
import { useState } from 'react';

import { useApp } from '../../AppContext';
import { type RaisedAlarm } from '../../datasource/alarms';
import { type Failure, failureOf } from '../../figures/failure';
import { usePageTime } from '../../figures/time';
import { sourceOf } from '../../figures/useAlarms';
import { clock, count } from '../../view/format';
import { FailureNotice } from '../../view/Notice';
import { ActionDialog } from './ActionDialog';
import { matched, matchersOf } from './raised';
import { TimeChoice } from './TimeChoice';

interface Props {
  alarm: RaisedAlarm;
  /** All that are raised, to say how many a silence is of. */
  alarms: RaisedAlarm[];
  onClose: (done: boolean) => void;
}

/** Keeps an alarm, and those like it, from being told for a time. */
export function SilenceDialog({ alarm, alarms, onClose }: Props) {
  const { dataSourceUid = '' } = useApp();
  const styles = useStyles2(getStyles);
  const all = matchersOf(alarm);
  const [names, setNames] = useState(all.map(({ name }) => name));
  const [comment, setComment] = useState('');
  const [time, setTime] = useState('2h');
  const matchers = all.filter(({ name }) => names.includes(name));
  return (
    <ActionDialog
      title={t('alarms.silence-title', 'Silence: {{name}}', { name: alarm.name, interpolation: { escapeValue: false } })}
      action={t('alarms.silence', 'Silence')}
      ready={comment.trim() !== '' && matchers.length > 0}
      onDo={async () => (await sourceOf(dataSourceUid)).silence(matchers, time, comment.trim())}
      onClose={onClose}
    >
      {alarm.silences.length > 0 && <Silences alarm={alarm} onEnded={() => onClose(true)} />}
      <fieldset className={styles.set}>
        <legend className={styles.legend}>{t('alarms.matchers', 'Alarms with')}</legend>
        {all.map(({ name, value }) => (
          <Checkbox
            key={name}
            label={`${name} = ${value}`}
            value={names.includes(name)}
            onChange={(event) => setNames(event.currentTarget.checked ? [...names, name] : names.filter((each) => each !== name))}
          />
        ))}
        <p className={styles.said} role="status">
          {matchers.length === 0 ? t('alarms.matchers-none', 'Choose at least one.') : t('alarms.matched', 'Raised now and not told then: {{alarms}}', { alarms: count(matched(alarms, matchers)) })}
        </p>
      </fieldset>
      <Field label={t('alarms.why', 'Why')} required noMargin>
        <TextArea id="silence-why" rows={2} value={comment} onChange={(event) => setComment(event.currentTarget.value)} autoFocus />
      </Field>
      <TimeChoice value={time} onChange={setTime} />
    </ActionDialog>
  );
}

/** The silences that are in force, each with a button that ends it. */
function Silences({ alarm, onEnded }: { alarm: RaisedAlarm; onEnded: () => void }) {
  const { dataSourceUid = '' } = useApp();
  const { timeZone } = usePageTime();
  const styles = useStyles2(getStyles);
  const [failure, setFailure] = useState<Failure>();
  const end = async (id: string) => {
    try {
      await (await sourceOf(dataSourceUid)).endSilence(id);
      onEnded();
    } catch (error) {
      setFailure(failureOf(error as Error));
    }
  };
  return (
    <div>
      <ul className={styles.list}>
        {alarm.silences.map(({ id, by, comment, until }) => (
          <li key={id} className={styles.silence}>
            <span>{t('alarms.silenced-by', '{{by}}: {{comment}}, until {{time}}', { by, comment, time: clock(until, timeZone), interpolation: { escapeValue: false } })}</span>
            <Button type="button" size="sm" variant="secondary" onClick={() => end(id)}>
              {t('alarms.silence-end', 'End this silence')}
            </Button>
          </li>
        ))}
      </ul>
      {failure && <FailureNotice failure={failure} />}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  set: css({ border: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: theme.spacing(0.5), minWidth: 0, overflowWrap: 'anywhere' }),
  legend: css({ fontSize: theme.typography.bodySmall.fontSize, fontWeight: theme.typography.fontWeightMedium, margin: 0, border: 'none' }),
  said: css({ margin: 0, color: theme.colors.text.secondary }),
  list: css({ listStyle: 'none', margin: 0, padding: 0 }),
  silence: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center', justifyContent: 'space-between', overflowWrap: 'anywhere' }),
});
