import { readFile, readdir } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { designCells, lettersOf, listUngiven, listUnlicensed } from '../testing/access-design.ts';
import { accessTables } from '../testing/access-table.ts';

const count = (state: string) => designCells.filter((cell) => cell.state === state).length;

afterAll(() => {
  process.stdout.write(
    `access table of the design: ${designCells.length} cells, ${count('built')} built, ${count('partly built')} in part, ${count('not built')} not built\n`,
  );
});

describe('the access table as data', () => {
  test('has every cell of the design, and each one says whether it is built', () => {
    expect(designCells).toHaveLength(22 * 10);
    expect(new Set(designCells.map((cell) => `${cell.resource}/${cell.role}`)).size).toBe(220);
    expect(count('built')).toBeGreaterThan(50);
  });

  test('gives nobody more than their cell, unless it says why', () => {
    expect(listUnlicensed()).toEqual([]);
  });

  test('gives what every built cell asks for', () => {
    expect(listUngiven()).toEqual([]);
  });

  test('would not let a right pass that no cell gives', () => {
    const { pupils, alerts } = accessTables;
    if (!pupils || !alerts) return expect.unreachable();
    const wider = { ...pupils, see: { ...pupils.see, committee_member: ['school'] as const } };
    const more = { ...alerts, see: { ...alerts.see, mentor: ['class'] as const } };
    const idle = { ...pupils, beyond: { committee_member: 'for no reason' } };
    expect(listUnlicensed({ wider, more, idle })).toEqual([
      'wider: committee_member reaches more than “class L”',
      'more: mentor reaches more than “mentees L (colour) if informed or a seat”',
      'idle: committee_member needs no reason',
    ]);
    expect([...lettersOf('case R*U, proposes CM')]).toEqual(['R', 'U']);
  });

  test('belongs to resources of the design that are built, as far as the design names them', () => {
    const built = new Set(
      designCells.filter((cell) => cell.state !== 'not built').map((cell) => cell.resource),
    );
    const named = Object.values(accessTables).flatMap((table) => table.of ?? []);
    expect(named.filter((resource) => !built.has(resource))).toEqual([]);
    expect([...built].filter((resource) => !named.includes(resource))).toEqual([]);
  });

  test('is read by tests alone: no code that runs names its files', async () => {
    const root = new URL('../../../', import.meta.url);
    const naming: string[] = [];
    let files = 0;
    for (const folder of ['api/src', 'rules/src', 'migrations/src', 'web/src']) {
      const names = await readdir(new URL(folder, root), { recursive: true });
      for (const name of names.filter((one) => /[.](ts|svelte)$/.test(one))) {
        if (/[.]test[.]ts$|^testing\//.test(name)) continue;
        files += 1;
        const text = await readFile(new URL(`${folder}/${name}`, root), 'utf8');
        if (/access\/(design|tables|routes)[.]json|access-(table|oracle)/.test(text))
          naming.push(`${folder}/${name}`);
      }
    }
    expect(naming).toEqual([]);
    expect(files).toBeGreaterThan(150);
  });
});
