/** Which of many rows of one height have to be drawn. */
export interface RowWindow {
  first: number;
  /** Not included. */
  end: number;
  /** Height of what is left out above and below. */
  above: number;
  below: number;
}

/** The rows in sight of a container scrolled so far, and some beyond each edge. */
export function rowWindow(rows: number, height: number, scrolled: number, visible: number, beyond = 8): RowWindow {
  const first = Math.max(0, Math.min(rows, Math.floor(scrolled / height)) - beyond);
  const end = Math.min(rows, Math.ceil((scrolled + visible) / height) + beyond);
  return { first: Math.min(first, end), end, above: Math.min(first, end) * height, below: (rows - end) * height };
}
