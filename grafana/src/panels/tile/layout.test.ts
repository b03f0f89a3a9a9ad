import { describe, expect, it } from 'vitest';

import { layout, PADDING, VALUE_LINE, WORD_LINE } from './layout';

// What Grafana leaves of a tile of 4 by 5 units at 1280 px, with its menu docked beside it, and at 1920 px.
const SIZES = [
  [183, 132],
  [133, 132],
  [290, 132],
] as const;
const WORDS = [
  'of 200 devices',
  '0 known down, 1,234 of 5,678 devices unknown, 12 of 60 appliances silent, data 12 min old',
  'ダウン確認 0、5,678 台中 1,234 台が不明、アプライアンス 60 台中 12 台が報告なし、データは 12 分前',
];

describe('the layout of a tile', () => {
  it('never needs more height than there is', () => {
    for (const [width, height] of SIZES) {
      for (const words of WORDS) {
        const { size, wordSize, lines } = layout(width, height, words);
        expect(size * VALUE_LINE + lines * wordSize * WORD_LINE + PADDING.gap + PADDING.down).toBeLessThanOrEqual(height);
        expect(size).toBeGreaterThanOrEqual(22);
        expect(lines).toBeGreaterThanOrEqual(1);
      }
    }
  });

  it('makes the number smaller for long words, and no smaller than need be', () => {
    expect(layout(290, 132, WORDS[0]).size).toBeCloseTo(290 * 0.2, 5);
    expect(layout(290, 132, WORDS[1]).size).toBeLessThan(layout(290, 132, WORDS[0]).size);
    expect(layout(290, 132, WORDS[1]).lines * 274).toBeGreaterThan(WORDS[1].length * 15 * 0.56);
  });

  it('has room for the number alone', () => {
    expect(layout(183, 132).size).toBeCloseTo(183 * 0.2, 5);
  });
});
