import { type RefObject, type UIEvent, useCallback, useLayoutEffect, useRef, useState } from 'react';

import { type RowWindow, rowWindow } from './rowWindow';

/** Follows the scrolling of a container and gives the rows to draw; attach `ref` and `onScroll` to it. */
export function useRowWindow(rows: number, height: number): { ref: RefObject<HTMLDivElement>; onScroll: (event: UIEvent<HTMLDivElement>) => void; shown: RowWindow } {
  const ref = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const [visible, setVisible] = useState(600);
  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) {
      return;
    }
    const measure = () => box.clientHeight > 0 && setVisible(box.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const onScroll = useCallback((event: UIEvent<HTMLDivElement>) => setScrolled(event.currentTarget.scrollTop), []);
  return { ref, onScroll, shown: rowWindow(rows, height, scrolled, visible) };
}
