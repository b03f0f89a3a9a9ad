import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { type Standing } from '../../figures/types';
import { usePageTime } from '../../figures/time';
import { count, duration, since } from '../../view/format';
import { STALE_AFTER } from '../../view/age';
import { PageLink } from '../../view/PageLink';
import { stateColours, stateOf, stateWord } from '../../view/state';
import { StateMark } from '../../view/StateMark';
import { worstText } from '../../view/worst';
import { usePageLink } from '../links';
import { type TileSize } from './layout';
import { fitting } from './type';

interface Props {
  row: Standing;
  size: TileSize;
  /** CSS pixels. */
  height: number;
  now: number;
}

/** One customer on the wall. In trouble: filled with the state's colour, name, what it is, since when. */
export function CustomerTile({ row, size, height, now }: Props) {
  const styles = useStyles2(getStyles);
  const { isDark } = useTheme2();
  const { timeZone } = usePageTime();
  const link = usePageLink();
  const state = stateOf(row.state);
  const { fill, onFill, ink } = stateColours(state, isDark);
  const href = link('customer', { customer: row.customer });
  const old = row.as_of !== null && now - row.as_of > 3 * STALE_AFTER ? t('wall.old', 'data {{age}} old', { age: duration(now - row.as_of) }) : undefined;

  if (size === 'small') {
    return (
      <PageLink href={href} className={cx(styles.tile, styles.small)} style={{ height }}>
        <StateMark state={state} size={height * 0.28} />
        <span className={styles.words} style={{ fontSize: height >= 100 ? 22 : height >= 70 ? 17 : 14 }}>
          <bdi className={styles.smallName} style={{ WebkitLineClamp: height >= 70 ? 2 : 1 }} title={row.customer}>
            {row.customer}
          </bdi>
          <span className={styles.sub} style={state === 'up' ? undefined : { color: ink }}>
            {[state === 'up' && row.devices ? t('wall.devices', '{{devices}} devices up', { devices: count(row.up ?? row.devices) }) : stateWord(state), old].filter(Boolean).join(', ')}
          </span>
        </span>
      </PageLink>
    );
  }
  // Type grows with the room the wall has for it, as far as names and figures still fit.
  const name = Math.max(20, Math.min(52, height * 0.16));
  const text = Math.max(15, Math.min(30, height * 0.105));
  const lines = height >= 102 ? 2 : 1;
  const worst = worstText(row);
  const lasting = [stateWord(state), row.since === null ? '' : duration(now - row.since)].filter(Boolean).join(' ');
  const began = row.since === null ? '' : since(row.since, timeZone, now);
  const rest = [affected(row), old].filter(Boolean).join(t('format.comma', ', '));
  return (
    <PageLink href={href} className={cx(styles.tile, styles.big)} style={{ height, background: fill, color: onFill }}>
      <span className={styles.line} style={{ fontSize: fitting(`   ${row.customer}`, name, lines * 0.9), lineHeight: 1.15 }}>
        <StateMark state={state} size={name * 0.8} colour={onFill} />
        <bdi className={styles.name} style={{ WebkitLineClamp: lines }} title={row.customer}>
          {row.customer}
        </bdi>
      </span>
      <bdi className={styles.worst} style={{ fontSize: fitting(worst, text, lines * 0.9), WebkitLineClamp: lines }} title={worst}>
        {worst}
      </bdi>
      <span className={styles.since} style={{ fontSize: fitting(`${lasting}  ${began}`, text) }}>
        <strong>{lasting}</strong>
        {began && <span>{began}</span>}
      </span>
      {height >= 140 && (
        <span className={styles.since} style={{ fontSize: fitting(rest, text * 0.88) }} title={rest}>
          {rest}
        </span>
      )}
    </PageLink>
  );
}

/** "3 down, 12 unreachable of 45". */
function affected(row: Standing): string {
  const parts = [
    row.down ? t('wall.down', '{{down}} down', { down: count(row.down) }) : '',
    row.unreachable ? t('wall.unreachable', '{{unreachable}} unreachable', { unreachable: count(row.unreachable) }) : '',
    row.unknown ? t('wall.unknown', '{{unknown}} unknown', { unknown: count(row.unknown) }) : '',
  ].filter(Boolean);
  return parts.length > 0 ? t('wall.of', '{{parts}} of {{devices}}', { parts: parts.join(t('format.comma', ', ')), devices: count(row.devices), interpolation: { escapeValue: false } }) : '';
}

const getStyles = (theme: GrafanaTheme2) => ({
  tile: css({
    display: 'flex',
    boxSizing: 'border-box',
    borderRadius: theme.shape.radius.default,
    overflow: 'hidden',
    color: theme.colors.text.primary,
    '&:hover': { textDecoration: 'none', filter: 'brightness(1.08)' },
    '&:focus-visible': { outline: `3px solid ${theme.colors.text.maxContrast}`, outlineOffset: -3 },
  }),
  big: css({ flexDirection: 'column', justifyContent: 'space-between', padding: '8px 14px' }),
  small: css({ alignItems: 'center', gap: theme.spacing(1), padding: '4px 10px', background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}` }),
  line: css({ display: 'flex', alignItems: 'center', gap: '0.4em', minWidth: 0 }),
  name: css({ fontWeight: 600, display: '-webkit-box', WebkitBoxOrient: 'vertical', overflow: 'hidden', overflowWrap: 'anywhere', flex: 1 }),
  worst: css({ display: '-webkit-box', WebkitBoxOrient: 'vertical', overflow: 'hidden', overflowWrap: 'anywhere', lineHeight: 1.3 }),
  since: css({ whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis', minHeight: '1.3em', 'strong + span': { marginLeft: '0.8em' }, fontVariantNumeric: 'tabular-nums', lineHeight: 1.3 }),
  words: css({ display: 'flex', flexDirection: 'column', minWidth: 0 }),
  smallName: css({ display: '-webkit-box', WebkitBoxOrient: 'vertical', overflow: 'hidden', overflowWrap: 'anywhere', lineHeight: 1.2, fontWeight: 500 }),
  sub: css({ color: theme.colors.text.secondary, fontSize: '0.85em', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
});
