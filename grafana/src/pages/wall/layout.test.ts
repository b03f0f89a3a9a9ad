import { describe, expect, it } from 'vitest';

import { type Standing } from '../../figures/types';
import { byUrgency, GAP, planWall, type Room } from './layout';
import { emsOf, fitting } from './type';

function standing(customer: string, state: string, urgency: number, since: number | null = null): Standing {
  return {
    customer, state, urgency, since, devices: 10, up: 10, down: 0, unreachable: 0, degraded: 0, unknown: 0, maintenance: 0,
    appliances: 1, appliances_silent: 0, worst: 'none', worst_name: null, worst_value: null, affected: 0, mos: null, utilization_pct: null, as_of: 0,
  };
}

function fleet(urgent: number, calm: number): Standing[] {
  return [
    ...Array.from({ length: calm }, (_, i) => standing(`calm ${i}`, 'up', 1)),
    ...Array.from({ length: urgent }, (_, i) => standing(`urgent ${i}`, 'down', 80_000 + i, i)),
  ];
}

/** Height that a plan takes. */
function heightOf(plan: ReturnType<typeof planWall>): number {
  const urgent = Math.ceil(plan.urgent.length / plan.urgentColumns) * (plan.urgentHeight + GAP);
  const calm = Math.ceil(plan.calm.length / plan.calmColumns) * (plan.calmHeight + GAP);
  return urgent + calm + (plan.urgent.length > 0 && plan.calm.length > 0 ? 34 : 0) - GAP;
}

// What a wall of 1920 x 1080 leaves in kiosk mode and beside Grafana's menu.
const ROOMS: Room[] = [
  { width: 1872, height: 930 },
  { width: 1560, height: 850 },
];

describe('planWall', () => {
  it.each(ROOMS)('shows 50 customers on one page of %j, a few of them in trouble', (room) => {
    for (const urgent of [0, 1, 3, 8, 12]) {
      const plan = planWall(fleet(urgent, 50 - urgent), room, 0);
      expect(plan.pages).toBe(1);
      expect(plan.urgent.length + plan.calm.length).toBe(50);
      expect(heightOf(plan)).toBeLessThanOrEqual(room.height);
    }
  });

  it('shows 50 in trouble at once on a full screen', () => {
    const plan = planWall(fleet(50, 0), ROOMS[0], 0);
    expect(plan.pages).toBe(1);
    expect(plan.urgent).toHaveLength(50);
    expect(heightOf(plan)).toBeLessThanOrEqual(ROOMS[0].height);
  });

  it('pages beyond, with the most urgent on the first page and nobody lost or twice', () => {
    const rows = fleet(90, 300);
    const first = planWall(rows, ROOMS[1], 0);
    expect(first.pages).toBeGreaterThan(1);
    expect(first.urgent[0].customer).toBe('urgent 89');
    const seen = new Map<string, number>();
    let last = Infinity;
    for (let page = 0; page < first.pages; page++) {
      const plan = planWall(rows, ROOMS[1], page);
      expect(heightOf(plan)).toBeLessThanOrEqual(ROOMS[1].height);
      for (const row of [...plan.urgent, ...plan.calm]) {
        seen.set(row.customer, (seen.get(row.customer) ?? 0) + 1);
        expect(row.urgency).toBeLessThanOrEqual(last);
        last = row.urgency;
      }
    }
    expect(seen.size).toBe(390);
    expect(Math.max(...seen.values())).toBe(1);
  });

  it('keeps to the last page when there are fewer, and to one when there is nobody', () => {
    expect(planWall(fleet(1, 3), ROOMS[0], 7).page).toBe(0);
    expect(planWall([], ROOMS[0], 0).pages).toBe(1);
  });

  it('lets a few grow into the room there is', () => {
    const few = planWall(fleet(3, 0), ROOMS[0], 0);
    expect([few.urgentColumns, few.urgentHeight]).toEqual([3, 309]);
    expect(planWall(fleet(0, 3), ROOMS[0], 0).calmHeight).toBeGreaterThan(planWall(fleet(0, 30), ROOMS[0], 0).calmHeight);
    expect(planWall(fleet(1, 0), { width: 358, height: Infinity }, 0).urgentHeight).toBe(179);
  });

  it('ends in whatever room', () => {
    for (const room of [{ width: 0, height: 0 }, { width: 390, height: 300 }, { width: 390, height: Infinity }]) {
      const plan = planWall(fleet(5, 20), room, 0);
      expect(plan.urgent[0].customer).toBe('urgent 4');
    }
  });
});

describe('byUrgency', () => {
  it('puts what has been so for longest first among equals, and the unknown beginning last', () => {
    const rows = [standing('c', 'down', 5), standing('b', 'down', 5, 200), standing('a', 'down', 5, 100), standing('d', 'down', 9)];
    expect(byUrgency(rows).map((row) => row.customer)).toEqual(['d', 'a', 'b', 'c']);
  });
});

describe('type on a tile', () => {
  it('gets smaller only where the text would not fit', () => {
    expect(fitting('Aoba', 30)).toBe('max(12px, min(30px, 40.18cqi))');
    expect(emsOf('\u5317\u6597')).toBe(2);
    expect(fitting('x'.repeat(100), 30, 2)).toBe('max(12px, min(30px, 3.21cqi))');
  });
});
