import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { type ReactNode, type UIEvent, useCallback, useLayoutEffect, useRef, useState } from 'react';

interface Props {
  /** What scrolls, for who cannot see it. */
  label: string;
  /** Gets the element that scrolls. */
  box?: { current: HTMLDivElement | null };
  onScroll?: (event: UIEvent<HTMLDivElement>) => void;
  /** CSS pixels beyond which it scrolls. */
  maxHeight?: number;
  /** The table. */
  children: ReactNode;
}

/** The frame of a table: where it is wider than its room a shadow shows at which edge there is more, and the first column stays. */
export function SideScroll({ label, box, onScroll, maxHeight, children }: Props) {
  const styles = useStyles2(getStyles);
  const own = useRef<HTMLDivElement | null>(null);
  const [more, setMore] = useState({ left: false, right: false });
  const look = useCallback(() => {
    const element = own.current;
    if (element) {
      const left = element.scrollLeft > 1;
      const right = element.scrollLeft + element.clientWidth < element.scrollWidth - 1;
      setMore((before) => (before.left === left && before.right === right ? before : { left, right }));
    }
  }, []);
  useLayoutEffect(() => {
    const element = own.current;
    if (!element) {
      return;
    }
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.firstElementChild && observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, [look]);
  return (
    <div className={styles.frame}>
      <div
        className={cx(styles.scroll, more.left && styles.moved)}
        ref={(element) => {
          own.current = element;
          if (box) {
            box.current = element;
          }
        }}
        onScroll={(event) => {
          look();
          onScroll?.(event);
        }}
        style={{ maxHeight }}
        tabIndex={0}
        role="region"
        aria-label={label}
      >
        {children}
      </div>
      {more.right && <div className={styles.edge} aria-hidden="true" />}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const shade = theme.isDark ? 'rgba(0, 0, 0, 0.65)' : 'rgba(0, 0, 0, 0.22)';
  return {
    frame: css({ position: 'relative', minWidth: 0 }),
    scroll: css({
      overflow: 'auto',
      containerType: 'inline-size',
      border: `1px solid ${theme.colors.border.weak}`,
      borderRadius: theme.shape.radius.default,
      background: theme.colors.background.primary,
      '@container (max-width: 700px)': {
        '& > table > thead > tr > :first-child, & > table > tbody > tr > :first-child:not([colspan])': { position: 'sticky', left: 0, zIndex: 1, maxWidth: '55cqi' },
        '& > table > tbody > tr > :first-child:not([colspan])': { background: theme.colors.background.primary },
        '& > table > thead > tr > :first-child': { zIndex: 2 },
      },
    }),
    moved: css({ '@container (max-width: 700px)': { '& > table > * > tr > :first-child:not([colspan])': { boxShadow: `6px 0 6px -4px ${shade}` } } }),
    edge: css({ position: 'absolute', top: 1, right: 1, bottom: 1, width: 22, zIndex: 3, pointerEvents: 'none', background: `linear-gradient(to right, transparent, ${shade})`, borderRadius: theme.shape.radius.default }),
  };
};
