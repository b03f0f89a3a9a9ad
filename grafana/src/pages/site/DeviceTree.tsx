import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, useStyles2 } from '@grafana/ui';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';

import { causeText } from '../../view/cause';
import { count, since } from '../../view/format';
import { PageLink } from '../../view/PageLink';
import { stateWord } from '../../view/state';
import { StateMark } from '../../view/StateMark';
import { StateBadge } from '../../view/StateBadge';
import { useRowWindow } from '../../view/useRowWindow';
import { useWidth } from '../../view/useWidth';
import { usePageLink } from '../links';
import { allNodes, type DeviceNode, opensAtFirst, treeLines, type TreeLine } from './tree';

interface Props {
  roots: DeviceNode[];
  timeZone: string;
  maxHeight?: number;
}

const INDENT = 20;
const NARROW = 620;
/** Colour of what stands beside a name: on the line under the pointer the usual one is too faint. */
const QUIET = '--tree-quiet';

/**
 * Devices with what is behind them, as a tree for the keyboard: up and down go from line to line,
 * right opens, left closes, Enter opens the device. Only lines in sight are drawn.
 */
export function DeviceTree({ roots, timeZone, maxHeight = 520 }: Props) {
  const styles = useStyles2(getStyles);
  const link = usePageLink();
  const devices = useMemo(() => allNodes(roots).length, [roots]);
  // What somebody opened or closed stays so over refreshes.
  const [touched, setTouched] = useState<Record<string, boolean>>({});
  const isOpen = (node: DeviceNode) => touched[node.row.device] ?? opensAtFirst(node, devices);
  const lines = treeLines(roots, isOpen);
  const { ref: frame, width } = useWidth();
  const narrow = width < NARROW;
  const height = narrow ? 52 : 34;
  const { ref, onScroll, shown } = useRowWindow(lines.length, height);
  const [current, setCurrent] = useState<string>();
  const at = Math.max(0, lines.findIndex((line) => line.node.row.device === current));
  const going = useRef<string>();

  // An effect of a picture before the move may run after it: it must leave the focus to the one that shows the move.
  useEffect(() => {
    const line = ref.current?.querySelector<HTMLElement>('[tabindex="0"]');
    if (line && going.current !== undefined && going.current === current) { // a line far off is drawn once the box has scrolled
      going.current = undefined;
      line.focus();
    }
  });

  const go = (to: number) => {
    const next = Math.max(0, Math.min(lines.length - 1, to));
    const box = ref.current;
    if (box && (next * height < box.scrollTop || (next + 1) * height > box.scrollTop + box.clientHeight)) {
      box.scrollTop = next * height - box.clientHeight / 2;
    }
    const device = lines[next]?.node.row.device;
    if (device !== current) {
      going.current = device;
      setCurrent(device);
    }
  };
  const turn = ({ node }: TreeLine, open: boolean) => setTouched((before) => ({ ...before, [node.row.device]: open }));
  const onKey = (event: KeyboardEvent) => {
    const line = lines[at];
    if (!line || event.target !== event.currentTarget.querySelector('[tabindex="0"]')) {
      return;
    }
    const opens = line.node.children.length > 0 && !isOpen(line.node);
    const closes = line.node.children.length > 0 && isOpen(line.node);
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      PageDown: () => go(at + 10),
      PageUp: () => go(at - 10),
      Home: () => go(0),
      End: () => go(lines.length - 1),
      ArrowRight: () => (opens ? turn(line, true) : closes && go(at + 1)),
      ArrowLeft: () => (closes ? turn(line, false) : go(parentOf(lines, at))),
      Enter: () => (event.target as HTMLElement).querySelector('a')?.click(),
      ' ': () => line.node.children.length > 0 && turn(line, opens),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  };

  return (
    <div ref={frame} className={styles.frame}>
      <div ref={ref} className={styles.scroll} style={{ maxHeight }} onScroll={onScroll} role="tree" aria-label={t('tree.label', 'Devices by what they are behind')} onKeyDown={onKey}>
        <div style={{ height: shown.above }} role="presentation" />
        {lines.slice(shown.first, shown.end).map((line, i) => {
          const { node } = line;
          const { row } = node;
          const index = shown.first + i;
          const open = isOpen(node);
          const why = node.state === 'up' ? '' : causeText(row.cause);
          return (
            <div
              key={row.device}
              role="treeitem"
              aria-level={line.level}
              aria-posinset={line.place}
              aria-setsize={line.siblings}
              aria-expanded={node.children.length > 0 ? open : undefined}
              aria-selected={index === at}
              aria-label={`${row.device}, ${stateWord(node.state)}`}
              tabIndex={index === at ? 0 : -1}
              onFocus={() => setCurrent(row.device)}
              className={styles.line}
              style={{ height, paddingLeft: 8 + (line.level - 1) * (narrow ? INDENT / 2 : INDENT) }}
            >
              {node.children.length > 0 ? (
                <span className={styles.turn} onClick={() => turn(line, !open)} aria-hidden="true">
                  <Icon name={open ? 'angle-down' : 'angle-right'} />
                </span>
              ) : (
                <span className={styles.turn} aria-hidden="true" />
              )}
              <span className={cx(styles.words, narrow && styles.twoLines)}>
                <span className={styles.name}>
                  <StateBadge state={node.state} />
                  <PageLink href={link('device', { customer: row.customer, site: row.site, device: row.device })} tabIndex={-1}>
                    <bdi>{row.device}</bdi>
                  </PageLink>
                </span>
                <span className={styles.rest}>
                  {node.state !== 'up' && row.since !== null && <span>{since(row.since, timeZone)}</span>}
                  {why && node.state !== 'unreachable' && <span>{why}</span>}
                  {node.through && <span>{t('tree.through', 'behind {{device}}, which is not listed here', { device: node.through, interpolation: { escapeValue: false } })}</span>}
                  {node.behind > 0 && !open && (
                    <span className={styles.behind}>
                      {node.worst !== node.state && <StateMark state={node.worst} size="0.8em" />}
                      {t('tree.behind', '{{devices}} behind it', { devices: count(node.behind) })}
                    </span>
                  )}
                  {!narrow && row.address && <span className={styles.address}>{row.address}</span>}
                </span>
              </span>
            </div>
          );
        })}
        <div style={{ height: shown.below }} role="presentation" />
      </div>
    </div>
  );
}

/** Index of the line that a line is behind; of a root its own. */
function parentOf(lines: TreeLine[], at: number): number {
  for (let i = at - 1; i >= 0; i--) {
    if (lines[i].level < lines[at].level) {
      return i;
    }
  }
  return at;
}

const getStyles = (theme: GrafanaTheme2) => ({
  frame: css({ minWidth: 0, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, background: theme.colors.background.primary }),
  scroll: css({ overflow: 'auto' }),
  line: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.5), paddingRight: theme.spacing(1.5), [QUIET]: theme.colors.text.secondary, '&:hover': { background: theme.colors.action.hover, [QUIET]: theme.colors.text.primary }, '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}`, outlineOffset: -2 } }),
  turn: css({ flex: 'none', width: 24, height: 24, display: 'inline-flex', alignItems: 'center', justifyContent: 'center', cursor: 'pointer' }),
  words: css({ display: 'flex', gap: theme.spacing(1.5), alignItems: 'center', flex: 1, minWidth: 0, whiteSpace: 'nowrap' }),
  twoLines: css({ flexDirection: 'column', gap: 0, alignItems: 'stretch' }),
  name: css({ display: 'inline-flex', gap: theme.spacing(1), alignItems: 'center', minWidth: 0, flex: 'none', maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis' }),
  rest: css({ display: 'flex', gap: theme.spacing(1.5), flex: 1, minWidth: 0, overflow: 'hidden', color: `var(${QUIET})`, fontSize: theme.typography.bodySmall.fontSize }),
  behind: css({ display: 'inline-flex', gap: 4, alignItems: 'center' }),
  address: css({ marginLeft: 'auto', fontVariantNumeric: 'tabular-nums' }),
});
