import { createTheme } from '@grafana/data';
import { describe, expect, it } from 'vitest';

import { STATES, stateColours } from '../view/state';
import { DEFAULT_BRAND, isAddress, isImage, readBrand } from './brand';
import { brandTheme } from './BrandTheme';
import { contrast, GRAPHIC_CONTRAST, GROUND, readable, TEXT_CONTRAST } from './contrast';

describe('contrast', () => {
  it('is what WCAG 2 reckons', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    expect(contrast('#123456', '#123456')).toBe(1);
  });

  it('corrects a colour no further than it must', () => {
    expect(readable('#1f6f6b', '#ffffff')).toBe('#1f6f6b');
    for (const ground of ['#ffffff', '#181b1f', '#808080']) {
      for (const colour of ['#ffd000', '#00ff00', '#202020', '#808080', '#ffffff', '#000000']) {
        expect(contrast(readable(colour, ground), ground), `${colour} on ${ground}`).toBeGreaterThanOrEqual(TEXT_CONTRAST);
      }
    }
  });
});

describe('readBrand', () => {
  it('is neutral where nothing is set', () => {
    expect(readBrand(undefined)).toEqual(DEFAULT_BRAND);
    expect(readBrand({ brand: { name: '  ', accentDark: 'red' } })).toEqual(DEFAULT_BRAND);
  });

  it('takes no address that could run a script or leak in the clear', () => {
    for (const bad of ['javascript:alert(1)', 'http://x/logo.png', 'data:text/html,<script>', 'https://a b']) {
      expect(isImage(bad), bad).toBe(false);
      expect(isAddress(bad), bad).toBe(false);
    }
    expect(isImage('data:image/svg+xml;base64,AA==')).toBe(true);
    expect(isAddress('mailto:noc@example.net')).toBe(true);
  });
});

describe('colours', () => {
  it('of the default brand and of every state pass WCAG AA on both grounds', () => {
    expect(contrast(DEFAULT_BRAND.accentLight, GROUND.light)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
    expect(contrast(DEFAULT_BRAND.accentDark, GROUND.dark)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
    for (const state of STATES) {
      for (const mode of ['light', 'dark'] as const) {
        const { ink, fill, onFill, band } = stateColours(state, mode === 'dark');
        expect(contrast(ink, GROUND[mode]), `${state} ink, ${mode}`).toBeGreaterThanOrEqual(TEXT_CONTRAST);
        expect(contrast(band, GROUND[mode]), `${state} in the strip, ${mode}`).toBeGreaterThanOrEqual(GRAPHIC_CONTRAST);
        expect(contrast(onFill, fill), `${state} on its fill, ${mode}`).toBeGreaterThanOrEqual(TEXT_CONTRAST);
      }
    }
  });
});

describe('brandTheme', () => {
  it('changes the accent, made readable, and leaves the rest of the theme', () => {
    const base = createTheme({ colors: { mode: 'dark' } });
    const theme = brandTheme(base, { ...DEFAULT_BRAND, accentDark: '#101040' });
    expect(contrast(theme.colors.primary.main, base.colors.background.primary)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
    expect(theme.colors.background).toEqual(base.colors.background);
    expect(theme.spacing(2)).toBe(base.spacing(2));
  });
});
