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
  calmHeight: number;
  page: number;
  pages: number;
}

/** The room there is, in CSS pixels. */
export interface Room {
  width: number;
  height: number;
}

export const GAP = 8;
/** Sizes of a small tile, the one to be read from afar first. */
const CALM = [
  { width: 360, height: 110 },
  { width: 250, height: 72 },
  { width: 196, height: 56 },
];
/** With less than this for the big tiles the small ones make room. */
const COMFORT = 140;
/** Between which a big tile may be tall: below the least it is no longer read across a room. */
const URGENT_HEIGHT = { least: 88, most: 320 };
/** A big tile is no taller than this share of its width. */
const URGENT_SHAPE = 0.5;
/** More calm customers than this do not get the biggest of the small tiles. */
const FEW = 12;
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
  let pages: Filled[] = [];
  for (const calm of rows.length <= FEW ? CALM : CALM.slice(1)) {
    pages = pagesOf(ordered, room, calm);
    if (pages.length === 1 && pages[0].urgentHeight >= COMFORT) {
      break;
    }
  }
  const shown = Math.max(0, Math.min(page, pages.length - 1));
  const nobody: Filled = { urgent: [], calm: [], urgentColumns: 1, calmColumns: 1, urgentHeight: URGENT_HEIGHT.most, calmHeight: CALM[0].height };
  return { ...(pages[shown] ?? nobody), page: shown, pages: Math.max(1, pages.length) };
}

type Filled = Omit<WallPlan, 'page' | 'pages'>;

function pagesOf(ordered: Standing[], room: Room, calmSize: Room): Filled[] {
  const pages: Filled[] = [];
  let rest = ordered;
  while (rest.length > 0) {
    const filled = fill(rest.filter(isUrgent), rest.filter((row) => !isUrgent(row)), room, calmSize);
    pages.push(filled);
    const taken = new Set([...filled.urgent, ...filled.calm]);
    rest = rest.filter((row) => !taken.has(row));
  }
  return pages;
}

/** One page: as many as fit, the urgent as tall as they can be with all the calm below them. */
function fill(urgent: Standing[], calm: Standing[], room: Room, calmSize: Room): Filled {
  const calmColumns = Math.max(1, Math.floor((room.width + GAP) / (calmSize.width + GAP)));
  const columns = urgentColumns(urgent.length, room.width);
  const lines = Math.ceil(urgent.length / columns);
  const calmLine = calmSize.height + GAP;
  const between = urgent.length > 0 && calm.length > 0 ? BETWEEN : 0;
  const calmRoom = Math.ceil(calm.length / calmColumns) * calmLine + between;
  const made = { urgentColumns: columns, calmColumns, calmHeight: calmSize.height };
  const columnWidth = (room.width + GAP) / columns - GAP;
  const tallest = Math.max(URGENT_HEIGHT.least, Math.min(URGENT_HEIGHT.most, Math.floor(columnWidth * URGENT_SHAPE)));
  for (let height = tallest; height >= URGENT_HEIGHT.least; height -= 4) {
    if (lines * (height + GAP) + calmRoom <= room.height + GAP) {
      return { ...made, urgent, calm, urgentHeight: height };
    }
  }
  const urgentHeight = URGENT_HEIGHT.least;
  const urgentLines = Math.max(1, Math.floor((room.height + GAP) / (urgentHeight + GAP)));
  if (lines > urgentLines) {
    return { ...made, urgent: urgent.slice(0, urgentLines * columns), calm: [], urgentHeight };
  }
  const left = room.height + GAP - lines * (urgentHeight + GAP) - between;
  const calmLines = Math.max(urgent.length === 0 ? 1 : 0, Math.floor(left / calmLine));
  return { ...made, urgent, calm: calm.slice(0, calmLines * calmColumns), urgentHeight };
}

/** Few urgent ones share the width; many get as many columns as may stand side by side. */
function urgentColumns(count: number, width: number): number {
  const most = Math.max(1, Math.floor((width + GAP) / (URGENT_WIDTH.least + GAP)));
  const wanted = Math.max(1, Math.floor((width + GAP) / (URGENT_WIDTH.wanted + GAP)));
  return count <= wanted ? Math.max(1, count) : count <= 2 * wanted ? Math.min(wanted, most) : most;
}
