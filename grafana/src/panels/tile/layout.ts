/** How high a line of the number and of the words is, in their own sizes. */
export const VALUE_LINE = 1.1;
export const WORD_LINE = 1.25;
/** What is left free of a tile, and between number and words, px. */
export const PADDING = { across: 16, down: 4, gap: 2 };

/**
 * How large the number and the words are, px, and how many lines of these there is room for: the number gives way to words that
 * are long, and what still finds no room is cut at its end, with a sign that there is more (the title has all of it).
 */
export function layout(width: number, height: number, words = ''): { size: number; wordSize: number; lines: number } {
  const wordSize = height >= 150 && width >= 260 ? 18 : height >= 90 && width >= 200 ? 15 : 13;
  // A wide character, as of Japanese, is as wide as it is high, others a little more than half as wide.
  const em = [...words].reduce((sum, one) => sum + (one.charCodeAt(0) > 0x2e80 ? 1 : 0.56), 0);
  const wanted = Math.ceil((em * wordSize * 1.1) / Math.max(1, width - PADDING.across)); // a tenth is lost where lines break
  const room = height - PADDING.down - (words ? PADDING.gap : 0);
  const largest = Math.min(height * 0.46, width * 0.2, 96);
  const left = room - wanted * wordSize * WORD_LINE;
  const size = Math.max(Math.min(22, largest), Math.min(largest, left / VALUE_LINE));
  return { size, wordSize, lines: Math.max(1, Math.floor((room - size * VALUE_LINE) / (wordSize * WORD_LINE))) };
}
