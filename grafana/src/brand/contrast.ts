/** Contrast that WCAG 2 AA asks of text (1.4.3), and of graphics and large text (1.4.11). */
export const TEXT_CONTRAST = 4.5;
export const GRAPHIC_CONTRAST = 3;

type Rgb = [number, number, number];

/** Grounds of Grafana's own themes that text stands on. */
export const GROUND = { light: '#f4f5f5', dark: '#181b1f' } as const;

function parse(colour: string): Rgb {
  const number = parseInt(colour.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

function print(rgb: Rgb): string {
  return '#' + rgb.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('');
}

/** Relative luminance of #rrggbb as WCAG 2 defines it, 0 to 1. */
export function luminance(colour: string): number {
  const [r, g, b] = parse(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** The colour itself if it stands out enough from the ground, else the nearest that does, mixed towards black or white. */
export function readable(colour: string, ground: string, wanted: number = TEXT_CONTRAST): string {
  if (contrast(colour, ground) >= wanted) {
    return colour;
  }
  const end: Rgb = luminance(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  const start = parse(colour);
  for (let step = 1; step < 50; step++) {
    const mixed = print(start.map((channel, i) => channel + ((end[i] - channel) * step) / 50) as Rgb);
    if (contrast(mixed, ground) >= wanted) {
      return mixed;
    }
  }
  return print(end);
}
