import { type DataFrame } from '@grafana/data';
import { t } from '@grafana/i18n';

import { type Row } from '../../figures/rows';
import { type PathRow } from '../../figures/standing';
import { type Standing } from '../../figures/types';
import { asFarAsKnown, availabilityReading, type Kept, pathsReading, type Reading, standingReading } from '../../view/reading';
import { type TileOptions } from './options';

/** Reads a tile's figure off an answer; nothing where the answer is of another figure. */
export function readFrames(shows: TileOptions['shows'], frames: DataFrame[], rows: Row[], truncated: boolean, at: number): Reading | undefined {
  const has = (...names: string[]) => names.every((name) => frames.some((frame) => frame.fields.some((field) => field.name === name)));
  const cut = truncated ? t('tile.cut', 'of the first {{rows}} rows alone', { rows: rows.length }) : '';
  if (shows === 'availability') {
    return has('availability_pct', 'pessimistic_pct') ? asFarAsKnown(availabilityReading(rows as unknown as Kept[]), cut) : undefined;
  }
  if (shows === 'voice' && has('path', 'minute')) {
    return asFarAsKnown(pathsReading(rows as unknown as PathRow[], at), cut);
  }
  return has('devices', 'appliances_silent') ? asFarAsKnown(standingReading(shows, rows as unknown as Standing[]), cut) : undefined;
}
