/** What may be set of an availability strip. */
export interface StripOptions {
  /** CSS pixels. */
  rowHeight: number;
  showSite: boolean;
}
