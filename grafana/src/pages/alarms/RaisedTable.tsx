import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';

import { type RaisedAlarm, SEVERITIES } from '../../datasource/alarms';
import { usePageTime } from '../../figures/time';
import { type Column, DataTable } from '../../view/DataTable';
import { BLANK, clock, count } from '../../view/format';
import { SeverityBadge } from '../../view/SeverityBadge';
import { severityOf } from '../../view/severity';
import { useNow } from '../../view/useNow';
import { usePageLink } from '../links';
import { AcknowledgeDialog, UnacknowledgeDialog } from './AcknowledgeDialog';
import { acknowledgedBy, byGravity, raisedLink, type RaisedRow, rowsOfAlarms } from './raised';
import { SilenceDialog } from './SilenceDialog';
import { Summary } from './Summary';
import { whereColumn } from './whereColumn';

const plain = { interpolation: { escapeValue: false } };

interface Props {
  /** What is shown, one escalation in one row. */
  alarms: RaisedAlarm[];
  /** All that are raised, of which these may be a part. */
  all: RaisedAlarm[];
  /** Who looks may acknowledge and silence. */
  acts: boolean;
  /** Something was done. */
  onDone: () => void;
  maxHeight?: number;
}

type Dialog = 'acknowledge' | 'unacknowledge' | 'silence';

/** What is raised, with who sees to it and what can be done. */
export function RaisedTable({ alarms, all, acts, onDone, maxHeight = 720 }: Props) {
  const styles = useStyles2(getStyles);
  const link = usePageLink();
  const { timeZone } = usePageTime();
  const now = useNow();
  const rows = useMemo(() => byGravity(rowsOfAlarms(alarms)), [alarms]);
  const [open, setOpen] = useState<{ dialog: Dialog; alarm: RaisedRow }>();
  const button = (dialog: Dialog, alarm: RaisedRow, text: string) => (
    <Button size="sm" variant="secondary" fill="outline" aria-label={t('alarms.action-of', '{{action}}: {{name}}', { action: text, name: alarm.name, ...plain })} onClick={() => setOpen({ dialog, alarm })}>
      {text}
    </Button>
  );
  const columns: Array<Column<RaisedRow>> = [
    { key: 'severity', title: t('alarms.severity', 'Severity'), value: (row) => SEVERITIES.indexOf(row.severity), show: (row) => <SeverityBadge severity={severityOf(row.severity)} />, below: amountText },
    { key: 'name', title: t('alarms.what', 'What'), show: (row) => <bdi>{row.name}</bdi>, href: (row) => raisedLink(row, link), below: (row) => (row.step === '' ? <Summary text={row.summary} /> : <Summary text={escalationText(row, timeZone, now)} twice />) },
    whereColumn(link),
    { key: 'since', title: t('column.since', 'Since'), show: (row) => clock(row.since, timeZone, now) },
    { key: 'due', title: t('alarms.due', 'Answer due'), show: (row) => dueText(row, timeZone, now) },
    { key: 'owner', title: t('alarms.handled', 'Seen to by'), value: (row) => row.owner, show: (row) => <span title={row.reason}>{handledText(row, timeZone, now)}</span> },
    ...(acts
      ? [
          {
            key: 'actions',
            title: t('alarms.actions', 'Actions'),
            sortable: false,
            show: (row: RaisedRow) => (
              <span className={styles.actions}>
                {row.until === null ? button('acknowledge', row, t('alarms.acknowledge', 'Acknowledge')) : button('unacknowledge', row, t('alarms.unacknowledge', 'Take back'))}
                {button('silence', row, t('alarms.silence', 'Silence'))}
              </span>
            ),
          },
        ]
      : []),
  ];
  const close = (done: boolean) => {
    setOpen(undefined);
    done && onDone();
  };
  return (
    <>
      <DataTable label={t('alarms.raised', 'Raised now')} columns={columns} rows={rows} rowKey={(row) => row.parts[0].id} maxHeight={maxHeight} />
      {open?.dialog === 'acknowledge' && <AcknowledgeDialog alarm={acknowledgedBy(open.alarm, all)} takes={open.alarm.ticket !== ''} onClose={close} />}
      {open?.dialog === 'unacknowledge' && <UnacknowledgeDialog alarm={open.alarm} onClose={close} />}
      {open?.dialog === 'silence' && <SilenceDialog alarm={open.alarm} alarms={all} onClose={close} />}
    </>
  );
}

/** How many devices it takes along; of an escalation how many alarms it is. */
function amountText({ devices, parts }: RaisedRow): string {
  if (parts.length > 1) {
    return t('alarms.parts-of', '{{alarms}} alarms', { alarms: count(parts.length) });
  }
  return devices > 0 ? t('alarms.takes-devices', '{{devices}} devices', { devices: count(devices) }) : '';
}

/** "escalated to manager 18:35, senior 18:05, engineer 17:50": the highest level first, for the end may be cut. */
function escalationText({ parts }: RaisedRow, timeZone: string, now: number): string {
  const levels = [...parts].reverse().map(({ step, since }) => `${step}\u00a0${clock(since, timeZone, now)}`);
  return t('alarms.escalated', 'escalated to {{levels}}', { levels: levels.join(t('format.comma', ', ')), ...plain });
}

/** When somebody must have answered; of what is seen to, nothing. */
function dueText(row: RaisedAlarm, timeZone: string, now: number): string {
  if (row.due === null || row.until !== null) {
    return BLANK;
  }
  const at = clock(row.due, timeZone, now);
  return row.due < now ? t('alarms.overdue', '{{time}}, overdue', { time: at, ...plain }) : at;
}

/** "sato until 14:00; silenced until 15:00; comes and goes". */
function handledText(row: RaisedAlarm, timeZone: string, now: number): string {
  const quiet = Math.max(0, ...row.silences.map(({ until }) => until));
  const parts = [
    row.until === null ? '' : t('alarms.until', '{{owner}} until {{time}}', { owner: row.owner, time: clock(row.until, timeZone, now), ...plain }),
    quiet === 0 ? '' : t('alarms.silenced', 'silenced until {{time}}', { time: clock(quiet, timeZone, now), ...plain }),
    row.maintenance ? t('alarms.in-maintenance', 'under maintenance') : '',
    row.flapping ? t('alarms.flapping', 'comes and goes') : '',
  ].filter(Boolean);
  return parts.join('; ') || t('alarms.nobody', 'nobody');
}

const getStyles = (theme: GrafanaTheme2) => ({
  actions: css({ display: 'inline-flex', gap: theme.spacing(0.5) }),
});
