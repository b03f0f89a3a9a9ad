import { act, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, it, vi } from 'vitest';

import { fetched } from './fetched';

describe('code that is fetched', () => {
  it('says that it did not come, and comes when it is asked for again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    let away = true;
    const Page = fetched<{ name: string }>(() => (away ? Promise.reject(new Error('Loading chunk 7 failed.')) : Promise.resolve({ default: ({ name }) => <p>{name}</p> })));
    const place = document.body.appendChild(document.createElement('div'));
    const again = () => act(async () => [...place.querySelectorAll('button')].find((button) => button.textContent === 'Try again')?.click());
    const root = createRoot(place);
    await act(async () =>
      root.render(
        <Suspense fallback="waiting">
          <Page name="the page" />
        </Suspense>
      )
    );
    expect(place.textContent).toContain('could not be fetched');
    await again();
    expect(place.textContent).toContain('could not be fetched');
    away = false;
    await again();
    expect(place.textContent).toBe('the page');
    await act(async () => root.unmount());
  });
});
