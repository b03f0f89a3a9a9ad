/** Rough width of a text in ems: kana and kanji are as wide as they are high, Latin letters half of that. */
export function emsOf(text: string): number {
  let ems = 0;
  for (const char of text) {
    ems += (char.codePointAt(0) ?? 0) >= 0x2e80 ? 1 : 0.56;
  }
  return ems;
}

/** What of a tile's width its padding leaves, in per cent. */
const ROOM = 90;
/** Smaller type than this, in CSS pixels, is not read. */
const LEAST = 12;

/** A font size: so many CSS pixels, or as much less as it takes that the text fits into its lines in the width of the tile. */
export function fitting(text: string, most: number, lines = 1): string {
  const share = (ROOM * lines) / Math.max(1, emsOf(text));
  return `max(${Math.min(LEAST, most)}px, min(${most}px, ${share.toFixed(2)}cqi))`;
}
