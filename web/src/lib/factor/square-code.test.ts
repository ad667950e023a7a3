import jsQr from 'jsqr';
import { expect, test } from 'vitest';
import { squareCodeOf } from './square-code.server.ts';

/** The pixels that a browser draws of the path. */
function pixelsOf({ size, path }: ReturnType<typeof squareCodeOf>, scale: number) {
  const width = size * scale;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y, n] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let row = 0; row < scale; row += 1)
      for (let column = 0; column < Number(n) * scale; column += 1) {
        const at = ((Number(y) * scale + row) * width + Number(x) * scale + column) * 4;
        pixels.fill(0, at, at + 3);
      }
  return { pixels, width };
}

test.each([
  'otpauth://totp/Shaodian:xinli@jiangpan?issuer=Shaodian&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
  `otpauth://totp/Shaodian:${'a'.repeat(64)}@${'b'.repeat(32)}?issuer=Shaodian&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30`,
])('another program reads from the square what was put into it: %s', (text) => {
  const { pixels, width } = pixelsOf(squareCodeOf(text), 4);
  expect(jsQr(pixels, width, width)?.data).toBe(text);
});
