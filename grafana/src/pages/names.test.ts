import { describe, expect, it } from 'vitest';

import { pageLink, pagePath } from './links';
import { nameOf, segment } from './names';

const NAMES = ['core-sw-1', 'GigabitEthernet0/0/1', '100% #1 ?x=y&z', '青葉食品', '.', '..', 'a~b', '~', '', 'a+b c', '\u202eabc', '<b>x</b>', 'back\\slash', "d'or;x:y*", '\ud800 lone'];

describe('segment', () => {
  it.each(NAMES)('survives a router that decodes once, or twice: %j', (name) => {
    const part = segment(name);
    expect(part).not.toMatch(/[/?#\s]/);
    expect(['', '.', '..']).not.toContain(part);
    const want = name.replace('\ud800', '\ufffd');
    expect(nameOf(decodeURIComponent(part))).toBe(want);
    expect(nameOf(decodeURIComponent(decodeURI(part)))).toBe(want);
  });

  it('gives different names different addresses', () => {
    expect(new Set(NAMES.map(segment)).size).toBe(NAMES.length);
  });
});

describe('links', () => {
  it('fill in the names', () => {
    expect(pagePath('interface', { customer: 'Aoba', site: 'Sendai', device: 'edge-1', interface: 'Gi0/0' })).toBe(
      '/a/mimamori-noc-app/customers/Aoba/sites/Sendai/devices/edge-1/interfaces/Gi0~2f0'
    );
  });

  it('keep the time range and the kiosk, and nothing else', () => {
    const link = pageLink('?from=now-6h&to=now&kiosk&search=x', 'wall', {}, { customer: 'A', site: undefined });
    const parameters = new URLSearchParams(link.split('?')[1]);
    expect([...parameters.keys()].sort()).toEqual(['customer', 'from', 'kiosk', 'to']);
  });
});
