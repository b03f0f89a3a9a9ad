import { type StandingFigure } from '../../view/reading';

/** What may be set of a figure tile. */
export interface TileOptions {
  /** What it reads off the answer. */
  shows: StandingFigure | 'availability';
}
