import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Modal, useStyles2 } from '@grafana/ui';
import { type FormEvent, type ReactNode, useState } from 'react';

import { type Failure, failureOf } from '../../figures/failure';
import { FailureNotice } from '../../view/Notice';

interface Props {
  title: string;
  /** Of the button that does it. */
  action: string;
  /** It can be done: all that it needs was said. */
  ready: boolean;
  /** Does it. */
  onDo: () => Promise<void>;
  /** It was done, or is not to be. */
  onClose: (done: boolean) => void;
  children: ReactNode;
}

/** A dialog in which something is done to alarms. It stays, with the reason, where that fails. */
export function ActionDialog({ title, action, ready, onDo, onClose, children }: Props) {
  const styles = useStyles2(getStyles);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) {
      return;
    }
    setBusy(true);
    try {
      await onDo();
      onClose(true);
    } catch (error) {
      setFailure(failureOf(error as Error));
      setBusy(false);
    }
  };
  return (
    <Modal isOpen title={title} onDismiss={() => onClose(false)}>
      <form onSubmit={submit} className={styles.form}>
        {children}
        {failure && <FailureNotice failure={failure} />}
        <div className={styles.buttons}>
          <Button type="button" variant="secondary" fill="outline" onClick={() => onClose(false)}>
            {t('alarms.cancel', 'Cancel')}
          </Button>
          <Button type="submit" disabled={!ready || busy}>
            {action}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  buttons: css({ display: 'flex', justifyContent: 'flex-end', gap: theme.spacing(1) }),
});
