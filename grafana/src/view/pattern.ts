import { type State, stateColours } from './state';

const patterns = new Map<string, CanvasPattern | string>();

/**
 * What a state's area is filled with: a colour and a texture of its own, so that the strip reads
 * without colour. Up is plain, down is solid, all else is hatched in its own way.
 */
export function stateFill(context: CanvasRenderingContext2D, state: State, isDark: boolean): CanvasPattern | string {
  const key = `${state} ${isDark}`;
  let fill = patterns.get(key);
  if (fill === undefined) {
    fill = make(context, state, isDark);
    patterns.set(key, fill);
  }
  return fill;
}

function make(context: CanvasRenderingContext2D, state: State, isDark: boolean): CanvasPattern | string {
  const { band: fill } = stateColours(state, isDark);
  const draw = TEXTURES[state];
  if (!draw) {
    return fill;
  }
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const pen = tile.getContext('2d');
  if (!pen) {
    return fill;
  }
  pen.fillStyle = fill;
  pen.fillRect(0, 0, 8, 8);
  // Cut out of the area, so that the texture is as plain on either ground.
  pen.strokeStyle = pen.fillStyle = isDark ? '#181b1f' : '#ffffff';
  pen.globalAlpha = 0.8;
  pen.lineWidth = 1.6;
  draw(pen);
  return context.createPattern(tile, 'repeat') ?? fill;
}

type Texture = (pen: CanvasRenderingContext2D) => void;

const lines =
  (...segments: Array<[number, number, number, number]>): Texture =>
  (pen) => {
    pen.beginPath();
    for (const [x1, y1, x2, y2] of segments) {
      pen.moveTo(x1, y1);
      pen.lineTo(x2, y2);
    }
    pen.stroke();
  };

const TEXTURES: Partial<Record<State, Texture>> = {
  degraded: lines([0, 4, 8, 4]),
  unreachable: lines([-2, 10, 10, -2], [-2, -2, 10, 10]),
  unknown: lines([-2, -2, 10, 10], [-2, 6, 2, 10], [6, -2, 10, 2]),
  maintenance: (pen) => {
    pen.fillRect(1, 1, 2.4, 2.4);
    pen.fillRect(5, 5, 2.4, 2.4);
  },
};
