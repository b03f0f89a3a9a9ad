import { type DeviceRow } from '../../figures/standing';
import { shownState, type State, STATES } from '../../view/state';

/** A device in the tree of a site, with what is behind it. */
export interface DeviceNode {
  row: DeviceRow;
  state: State;
  /** The most urgent first, then by name. */
  children: DeviceNode[];
  /** Devices behind it, at any distance. */
  behind: number;
  /** The most urgent state of itself and all behind it. */
  worst: State;
  /** It is reached through a device that is not among these. */
  through: string | undefined;
}

/** A node as a line of the tree. */
export interface TreeLine {
  node: DeviceNode;
  /** 1 for roots. */
  level: number;
  /** Its place among its siblings, from 1, and how many they are. */
  place: number;
  siblings: number;
}

// "sw-2" comes before "sw-10".
const collator = new Intl.Collator(undefined, { numeric: true });

/**
 * Who is behind whom: the roots are devices that are reached directly or through one elsewhere.
 * Devices that are behind each other in a ring are cut open at the first by name, so that none is left out.
 */
export function deviceTree(rows: DeviceRow[]): DeviceNode[] {
  const nodes = new Map<string, DeviceNode>();
  for (const row of rows) {
    const state = shownState(row.state, row.cause, row.maintenance);
    nodes.set(row.device, { row, state, children: [], behind: 0, worst: state, through: undefined });
  }
  const roots: DeviceNode[] = [];
  const opened = ringOpeners(nodes);
  for (const node of nodes.values()) {
    const parent = node.row.behind ? nodes.get(node.row.behind) : undefined;
    if (!parent || opened.has(node)) {
      node.through = node.row.behind || undefined;
      roots.push(node);
      continue;
    }
    parent.children.push(node);
  }
  settle(roots);
  return roots;
}

/** Of each ring of devices behind each other the first by name. */
function ringOpeners(nodes: Map<string, DeviceNode>): Set<DeviceNode> {
  const found = new Set<DeviceNode>();
  const walkOf = new Map<DeviceNode, number>();
  let walk = 0;
  for (const start of nodes.values()) {
    walk++;
    const way: DeviceNode[] = [];
    let at: DeviceNode | undefined = start;
    for (; at && !walkOf.has(at); at = nodes.get(at.row.behind ?? '')) {
      walkOf.set(at, walk);
      way.push(at);
    }
    if (at && walkOf.get(at) === walk) {
      const ring = way.slice(way.indexOf(at));
      found.add(ring.sort((a, b) => collator.compare(a.row.device, b.row.device))[0]);
    }
  }
  return found;
}

/** Counts what is behind each node and puts siblings in order; deep chains do not pile up calls. */
function settle(roots: DeviceNode[]): void {
  const all: DeviceNode[] = [...roots];
  for (let i = 0; i < all.length; i++) {
    all.push(...all[i].children);
  }
  for (const node of all.reverse()) {
    for (const child of node.children) {
      node.behind += 1 + child.behind;
      node.worst = moreUrgent(node.worst, child.worst);
    }
    node.children.sort(byUrgency);
  }
  roots.sort(byUrgency);
}

function moreUrgent(a: State, b: State): State {
  return STATES.indexOf(a) <= STATES.indexOf(b) ? a : b;
}

function byUrgency(a: DeviceNode, b: DeviceNode): number {
  return STATES.indexOf(a.worst) - STATES.indexOf(b.worst) || collator.compare(a.row.device, b.row.device);
}

/** All nodes, parents before what is behind them. */
export function allNodes(roots: DeviceNode[]): DeviceNode[] {
  return treeLines(roots, () => true).map((line) => line.node);
}

/** The lines of the tree: what is behind a node follows it where the node is open. */
export function treeLines(roots: DeviceNode[], isOpen: (node: DeviceNode) => boolean): TreeLine[] {
  const lines: TreeLine[] = [];
  const waiting: TreeLine[] = asLines(roots, 1).reverse();
  for (let line = waiting.pop(); line; line = waiting.pop()) {
    lines.push(line);
    if (line.node.children.length > 0 && isOpen(line.node)) {
      waiting.push(...asLines(line.node.children, line.level + 1).reverse());
    }
  }
  return lines;
}

function asLines(nodes: DeviceNode[], level: number): TreeLine[] {
  return nodes.map((node, i) => ({ node, level, place: i + 1, siblings: nodes.length }));
}

/** More devices than this begin with only those branches open in which something is the matter. */
export const MANY_DEVICES = 40;

/** Whether a branch is open before anybody touched it. */
export function opensAtFirst(node: DeviceNode, devices: number): boolean {
  return devices <= MANY_DEVICES || node.children.some((child) => child.worst !== 'up');
}

/** Devices down by a cause of their own, not under maintenance: those with most behind them first, then the longest down. */
export function rootsOfTrouble(roots: DeviceNode[]): DeviceNode[] {
  return allNodes(roots)
    .filter((node) => node.state === 'down')
    .sort((a, b) => b.behind - a.behind || (a.row.since ?? Infinity) - (b.row.since ?? Infinity));
}

/** A device with the way to it, the nearest first; undefined where the tree does not have it. */
export function findDevice(roots: DeviceNode[], device: string): { node: DeviceNode; way: DeviceNode[] } | undefined {
  const lines = treeLines(roots, () => true);
  const at = lines.findIndex((line) => line.node.row.device === device);
  if (at < 0) {
    return undefined;
  }
  const way: DeviceNode[] = [];
  let { level } = lines[at];
  for (let i = at - 1; i >= 0 && level > 1; i--) {
    if (lines[i].level < level) {
      way.push(lines[i].node);
      level = lines[i].level;
    }
  }
  return { node: lines[at].node, way };
}
