import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

import { type Room } from './layout';

/** Keep clear of the edge, and of the footer where there is one. */
const MARGIN = 24;

/** Width of an element, and the height from its top to the bottom of the window. */
export function useRoom(): { ref: RefObject<HTMLDivElement>; room: Room } {
  const ref = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<Room>({ width: window.innerWidth, height: window.innerHeight - 200 });
  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) {
      return;
    }
    const measure = () => {
      const { width, top } = box.getBoundingClientRect();
      const height = Math.max(300, window.innerHeight - (top + window.scrollY) - MARGIN);
      setRoom((now) => (Math.abs(now.width - width) < 1 && Math.abs(now.height - height) < 1 ? now : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    window.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', measure);
    };
  }, []);
  return { ref, room };
}
