import { type Cell } from '../figures/rows';

/** Which column orders a table, and which way. */
export interface Sorting {
  column: string;
  descending: boolean;
}

/** Compares two cells of one column: numbers by size, words by the language's order, blanks always last. */
export function compareCells(a: Cell | undefined, b: Cell | undefined, descending: boolean): number {
  const aBlank = a === null || a === undefined || a === '';
  const bBlank = b === null || b === undefined || b === '';
  if (aBlank || bBlank) {
    return Number(aBlank) - Number(bBlank);
  }
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return descending ? -order : order;
}

// "Gi0/2" comes before "Gi0/10".
const collator = new Intl.Collator(undefined, { numeric: true });

/** The rows in order; those that compare equal stay as they were. */
export function sorted<R>(rows: R[], value: (row: R) => Cell | undefined, descending: boolean): R[] {
  return [...rows].sort((a, b) => compareCells(value(a), value(b), descending));
}

/** What a click on a column's heading makes of the order: figures begin with the biggest, words with A. */
export function nextSorting(now: Sorting | undefined, column: string, figures: boolean): Sorting {
  return now?.column === column ? { column, descending: !now.descending } : { column, descending: figures };
}
