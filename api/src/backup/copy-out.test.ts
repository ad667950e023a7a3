import { setTimeout as wait } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { connectForLongWork } from '@shaodian/migrations';
import { copyOut } from './copy-out.ts';

// Below, around and above the 64 KiB that a stream holds before it asks its source to wait.
test.each([1, 60, 66, 90, 130, 700])(
  'a slow reader of %i KB gets them all, and the connection answers afterwards',
  async (kilobytes) => {
    const sql = connectForLongWork(inject('seededUrl'));
    try {
      let bytes = 0;
      const rows = `copy (select repeat('x', 999) from generate_series(1, ${kilobytes})) to stdout`;
      for await (const part of copyOut(sql, rows)) {
        bytes += part.byteLength;
        await wait(bytes % 64_000 < 1000 ? 20 : 0);
      }
      expect(bytes).toBe(kilobytes * 1000);
      const [row] = await sql<{ n: number }[]>`select 1 as n`;
      expect(row?.n).toBe(1);
    } finally {
      await sql.end({ timeout: 1 });
    }
  },
);
