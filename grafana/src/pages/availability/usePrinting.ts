import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** Whether the page is being put on paper: true from before the browser lays it out until it is done. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const paper = window.matchMedia('print');
    // The browser takes the page as it stands when the event is over, so the change must not wait.
    const tell = (now: boolean) => flushSync(() => setPrinting(now));
    const before = () => tell(true);
    const after = () => tell(false);
    const change = (event: MediaQueryListEvent) => tell(event.matches);
    window.addEventListener('beforeprint', before);
    window.addEventListener('afterprint', after);
    paper.addEventListener('change', change);
    return () => {
      window.removeEventListener('beforeprint', before);
      window.removeEventListener('afterprint', after);
      paper.removeEventListener('change', change);
    };
  }, []);
  return printing;
}
