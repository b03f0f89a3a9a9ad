import { t } from '@grafana/i18n';
import { config } from '@grafana/runtime';
import { Field, Input, TextArea } from '@grafana/ui';
import { useState } from 'react';

import { useApp } from '../../AppContext';
import { type RaisedAlarm } from '../../datasource/alarms';
import { sourceOf } from '../../figures/useAlarms';
import { ActionDialog } from './ActionDialog';
import { TimeChoice } from './TimeChoice';

interface Props {
  alarm: RaisedAlarm;
  /** It was come to from what is late about its ticket. */
  takes?: boolean;
  onClose: (done: boolean) => void;
}

/** Says that somebody sees to an alarm; where somebody does already, takes that back or says it anew. */
export function AcknowledgeDialog({ alarm, takes, onClose }: Props) {
  const { dataSourceUid = '' } = useApp();
  const [owner, setOwner] = useState(alarm.owner || config.bootData.user.login);
  const [reason, setReason] = useState('');
  const [time, setTime] = useState('2h');
  return (
    <ActionDialog
      title={t('alarms.acknowledge-title', 'Acknowledge: {{name}}', { name: alarm.name, interpolation: { escapeValue: false } })}
      action={t('alarms.acknowledge', 'Acknowledge')}
      ready={owner.trim() !== '' && reason.trim() !== ''}
      onDo={async () => (await sourceOf(dataSourceUid)).acknowledge(alarm.id, { owner: owner.trim(), reason: reason.trim(), for: time })}
      onClose={onClose}
    >
      <p>{alarm.summary}</p>
      {takes && <p>{t('alarms.takes-ticket', 'This takes the ticket: while that lasts nobody else is told of it.')}</p>}
      <Field label={t('alarms.owner', 'Who sees to it')} required noMargin>
        <Input id="alarm-owner" value={owner} onChange={(event) => setOwner(event.currentTarget.value)} />
      </Field>
      <Field label={t('alarms.reason', 'What is being done')} required noMargin>
        <TextArea id="alarm-reason" rows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} autoFocus />
      </Field>
      <TimeChoice value={time} onChange={setTime} />
    </ActionDialog>
  );
}

/** Takes an acknowledgement back. */
export function UnacknowledgeDialog({ alarm, onClose }: Props) {
  const { dataSourceUid = '' } = useApp();
  const [reason, setReason] = useState('');
  return (
    <ActionDialog
      title={t('alarms.unacknowledge-title', 'Nobody sees to it: {{name}}', { name: alarm.name, interpolation: { escapeValue: false } })}
      action={t('alarms.unacknowledge', 'Take back')}
      ready={reason.trim() !== ''}
      onDo={async () => (await sourceOf(dataSourceUid)).unacknowledge(alarm.id, reason.trim())}
      onClose={onClose}
    >
      <p>{t('alarms.owner-said', '{{owner}}: {{reason}}', { owner: alarm.owner, reason: alarm.reason, interpolation: { escapeValue: false } })}</p>
      <Field label={t('alarms.why', 'Why')} required noMargin>
        <Input id="alarm-why" value={reason} onChange={(event) => setReason(event.currentTarget.value)} autoFocus />
      </Field>
    </ActionDialog>
  );
}
