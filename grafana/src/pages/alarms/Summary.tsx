import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';

interface Props {
  text: string;
  /** It goes on in a second line, which a row just holds. */
  twice?: boolean;
}

/** What an alarm says, below its name: it is cut where the column ends rather than make it wider. */
export function Summary({ text, twice }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <bdi className={cx(styles.summary, twice && styles.twice)} title={text}>
      {text}
    </bdi>
  );
}

const getStyles = () => ({
  summary: css({ display: 'block', width: 0, minWidth: 'max(100%, 200px)', overflow: 'hidden', textOverflow: 'ellipsis' }),
  twice: css({ '&&': { display: '-webkit-box' }, WebkitBoxOrient: 'vertical', WebkitLineClamp: 2, whiteSpace: 'normal', lineHeight: 1.2 }),
});
