import { type Standing } from '../../figures/types';
import { stateOf } from '../../view/state';

/** How much room a customer gets on the wall. */
export type TileSize = 'big' | 'small';

/** The customers of one page of the wall, the most urgent first. */
export interface WallPlan {
  /** In trouble: shown big. */
  urgent: Standing[];
  /** Healthy, empty or under planned maintenance: shown small. */
  calm: Standing[];
  /** Columns of each kind of tile. */
  urgentColumns: number;
  calmColumns: number;
  /** CSS pixels. */
  urgentHeight: number;
  page: number;
  pages: number;
}

/** The room there is, in CSS pixels. */
export interface Room {
  width: number;
  height: number;
}

export const GAP = 8;
export const CALM_HEIGHT = 56;
const CALM_WIDTH = 196;
/** Between which a big tile may be tall: below the least it is no longer read across a room. */
const URGENT_HEIGHT = { least: 88, most: 176 };
const URGENT_WIDTH = { least: 280, wanted: 360 };
/** Room for the line between the two kinds. */
const BETWEEN = 34;

/** Whether somebody has to look at it: down, unknown or degraded. */
export function isUrgent(row: Pick<Standing, 'state'>): boolean {
  return ['down', 'unreachable', 'unknown', 'degraded'].includes(stateOf(row.state));
}

/** The most urgent first; of the same urgency what has been so for longest, then by name. */
export function byUrgency(rows: Standing[]): Standing[] {
  return [...rows].sort(
    (a, b) => b.urgency - a.urgency || (a.since ?? Infinity) - (b.since ?? Infinity) || a.customer.localeCompare(b.customer)
  );
}

/**
 * Lays customers out so that a page fits the room without scrolling. The order by urgency runs
 * over all pages, so the most urgent are on the first one, whatever the room.
 */
export function planWall(rows: Standing[], room: Room, page: number): WallPlan {
  const ordered = byUrgency(rows);
  const calmColumns = Math.max(1, Math.floor((room.width + GAP) / (CALM_WIDTH + GAP)));
  const pages: Array<{ urgent: Standing[]; calm: Standing[]; columns: number; height: number }> = [];
  let rest = ordered;
  while (rest.length > 0) {
    const urgent = rest.filter(isUrgent);
    const calm = rest.filter((row) => !isUrgent(row));
    const made = fill(urgent, calm, room, calmColumns);
    pages.push(made);
    const taken = new Set([...made.urgent, ...made.calm]);
    rest = rest.filter((row) => !taken.has(row));
  }
  const shown = Math.max(0, Math.min(page, pages.length - 1));
  const { urgent, calm, columns, height } = pages[shown] ?? { urgent: [], calm: [], columns: 1, height: URGENT_HEIGHT.most };
  return { urgent, calm, urgentColumns: columns, calmColumns, urgentHeight: height, page: shown, pages: Math.max(1, pages.length) };
}

/** One page: as many as fit, the urgent as tall as they can be with all the calm below them. */
function fill(urgent: Standing[], calm: Standing[], room: Room, calmColumns: number) {
  const columns = urgentColumns(urgent.length, room.width);
  const lines = Math.ceil(urgent.length / columns);
  const calmHeight = (count: number) => (count === 0 ? 0 : Math.ceil(count / calmColumns) * (CALM_HEIGHT + GAP) + (urgent.length > 0 ? BETWEEN : 0));
  const fits = (height: number, calmCount: number) => lines * (height + GAP) + calmHeight(calmCount) <= room.height + GAP;
  for (let height = URGENT_HEIGHT.most; height >= URGENT_HEIGHT.least; height -= 4) {
    if (fits(height, calm.length)) {
      return { urgent, calm, columns, height };
    }
  }
  const least = URGENT_HEIGHT.least;
  const urgentLines = Math.max(1, Math.floor((room.height + GAP) / (least + GAP)));
  if (lines > urgentLines) {
    return { urgent: urgent.slice(0, urgentLines * columns), calm: [], columns, height: least };
  }
  const left = room.height + GAP - lines * (least + GAP) - (urgent.length > 0 ? BETWEEN : 0);
  const calmLines = Math.floor(left / (CALM_HEIGHT + GAP));
  const few = Math.max(urgent.length === 0 ? calmColumns : 0, calmLines * calmColumns);
  return { urgent, calm: calm.slice(0, Math.max(0, few)), columns, height: least };
}

/** Few urgent ones share the width; many get as many columns as may stand side by side. */
function urgentColumns(count: number, width: number): number {
  const most = Math.max(1, Math.floor((width + GAP) / (URGENT_WIDTH.least + GAP)));
  const wanted = Math.max(1, Math.floor((width + GAP) / (URGENT_WIDTH.wanted + GAP)));
  return count <= wanted ? wanted : count <= 2 * wanted ? Math.min(wanted, most) : most;
}
