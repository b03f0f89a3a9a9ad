import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, describe, expect, it } from 'vitest';

import { Freshness } from './Freshness';

const place = document.body.appendChild(document.createElement('div'));
const root = createRoot(place);

/** Shows how new an answer is whose newest data is so many milliseconds old. */
async function show(age: number, late: boolean) {
  const now = Date.now();
  await act(async () => root.render(<Freshness answer={{ answered: true, asOf: now - age, late, answeredAt: now, receivedAt: now }} />));
  return place.textContent;
}

afterEach(() => act(async () => root.render(null)));

describe('how new a page is', () => {
  it('says that the centre is late, and not that appliances have stopped reporting', async () => {
    expect(await show(90_000, true)).toMatch(/^The centre is 1 min late: it has read what appliances sent until /);
    expect(place.textContent).not.toContain('stopped reporting');
  });

  it('marks the page, so that what is up on it loses its colour', async () => {
    for (const late of [true, false]) {
      await show(90_000, late);
      expect(place.querySelector('[data-stale]')).not.toBeNull();
    }
    expect(await show(20_000, true)).toContain('Current as of');
    expect(place.querySelector('[data-stale]')).toBeNull();
  });
});
