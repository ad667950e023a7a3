import { readFile } from 'node:fs/promises';
import { strToU8, unzipSync, zipSync } from 'fflate';
import writeExcelFile, { type Cell } from 'write-excel-file/node';
import type { SchoolYear } from './read-class-label.ts';
import { RosterFileError } from './roster-errors.ts';

/** A junior school in the year of the fixtures. */
export const year2026: SchoolYear = { startsIn: 2026, firstGrade: 7, lastGrade: 9 };

export function fixture(name: string): Promise<Buffer> {
  return readFile(new URL(`../../fixtures/roster/${name}`, import.meta.url));
}

/** A workbook as a spreadsheet program would write it, from rows of cells. */
export async function workbook(...sheets: Cell[][][]): Promise<Uint8Array> {
  const named = sheets.map((data, index) => ({ data, sheet: `表${index + 1}` }));
  return new Uint8Array(await writeExcelFile(named).toBuffer());
}

/** A workbook whose only sheet has exactly this XML between its `sheetData` tags. */
export async function workbookWithSheetXml(sheetData: string, after = ''): Promise<Uint8Array> {
  const parts = unzipSync(await workbook([['x']]));
  const xml = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${sheetData}</sheetData>${after}</worksheet>`;
  return zipSync({ ...parts, 'xl/worksheets/sheet1.xml': strToU8(xml) });
}

export function textCell(address: string, text: string): string {
  return `<c r="${address}" t="inlineStr"><is><t>${text}</t></is></c>`;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What was refused, as `code` and the row it names; fails when nothing was. */
export async function refusal(
  attempt: () => unknown,
): Promise<{ code: string; row: number | null }> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof RosterFileError) return { code: error.code, row: error.row };
    throw error;
  }
  throw new Error('nothing was refused');
}
