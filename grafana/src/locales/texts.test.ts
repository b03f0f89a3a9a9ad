import { describe, expect, it } from 'vitest';

// @ts-expect-error The script is plain JavaScript: npm run texts calls it too.
import { placeholders, read, textsOf } from '../../scripts/texts.mjs';

describe('texts', () => {
  const source: Map<string, string> = textsOf();

  it('are in the English file as the source has them', () => {
    expect(Object.fromEntries(read('en-US'))).toEqual(Object.fromEntries(source));
  });

  it('are all in Japanese, with the same placeholders', () => {
    const japanese: Map<string, string> = read('ja-JP');
    expect([...japanese.keys()].sort()).toEqual([...source.keys()].sort());
    for (const [key, text] of source) {
      expect(placeholders(japanese.get(key) ?? ''), key).toBe(placeholders(text));
    }
  });
});
