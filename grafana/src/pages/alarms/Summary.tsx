import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';

/** What an alarm says, below its name: it is cut where the column ends rather than make it wider. */
export function Summary({ text }: { text: string }) {
  const styles = useStyles2(getStyles);
  return (
    <bdi className={styles.summary} title={text}>
      {text}
    </bdi>
  );
}

const getStyles = () => ({
  summary: css({ display: 'block', width: 0, minWidth: 'max(100%, 200px)', overflow: 'hidden', textOverflow: 'ellipsis' }),
});
