/** What may be set of a brand header. */
export interface BrandOptions {
  /** Beside the name; dashboard variables are filled in. */
  title: string;
}
