import { isAscii } from 'node:buffer';
import { zipSync } from 'fflate';
import readExcelFile from 'read-excel-file/universal';
import { longestContent, prepareSheet, type PreparedSheet } from './prepare-sheet.ts';
import { RosterFileError } from './roster-errors.ts';
import { unpackArchive } from './unpack-archive.ts';

export interface Sheet {
  name: string;
  /** From row 1 on, blank rows included. */
  rows: string[][];
}

type SheetCell = string | boolean | Date | null;

/** Digits beyond these are zeros in Excel: such a number has lost its end. */
const excelSignificantDigits = 15;

/**
 * Reads every worksheet of an .xlsx file as text. The reader never sees the uploaded archive, only
 * a new one made of the parts that were unpacked and measured here, so the two cannot disagree.
 * @throws RosterFileError for anything that is not a readable workbook within the limits
 */
export async function readWorkbook(bytes: Uint8Array): Promise<Sheet[]> {
  const files = unpackArchive(bytes, (name) => /\.(?:xml|rels)$/.test(name));
  if (!files.has('xl/workbook.xml')) throw new RosterFileError('roster.not-a-spreadsheet');
  const clean: Record<string, Uint8Array> = {};
  const mergedDown = new Map<string, PreparedSheet['mergedDown']>();
  for (const [path, content] of files) {
    if (!path.startsWith('xl/')) continue;
    const text = decodeXml(content);
    // A sheet is the largest part by far, and its text is all that is needed of it.
    files.delete(path);
    // Told by content: a relationship may give a sheet any path.
    if (/<(?:[\w.-]+:)?sheetData\b/.test(text)) {
      const prepared = prepareSheet(text);
      mergedDown.set(path, prepared.mergedDown);
      clean[path] = new TextEncoder().encode(prepared.xml);
    } else {
      clean[path] = content;
    }
  }
  const paths = sheetPaths(clean);
  const sheets = await parseSheets(clean);
  sheets.forEach(({ rows }, index) => {
    fillDown(rows, mergedDown.get(paths[index] ?? '') ?? []);
  });
  return sheets;
}

function decodeXml(content: Uint8Array): string {
  let text: string;
  try {
    // Plain ASCII, as large files are, takes one byte a character this way, and no more on the way there.
    text = isAscii(content)
      ? Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1')
      : new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new RosterFileError('roster.broken-workbook');
  }
  // A workbook has no document type; one that has means to define entities.
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new RosterFileError('roster.broken-workbook');
  requireShortRuns(text);
  return text;
}

/** The reader copies each text between two tags several times over. */
function requireShortRuns(xml: string): void {
  for (let at = 0; at < xml.length;) {
    const next = xml.indexOf('<', at);
    const end = next === -1 ? xml.length : next;
    if (end - at > longestContent) throw new RosterFileError('roster.too-complex');
    at = end + 1;
  }
}

async function parseSheets(files: Record<string, Uint8Array>): Promise<Sheet[]> {
  const archive = zipSync(files, { level: 0 });
  try {
    const sheets = await readExcelFile<string>(archive.slice().buffer, {
      trim: false,
      parseNumber: numberAsText,
    });
    return sheets.map((sheet) => ({
      name: sheet.sheet,
      // A sheet that is only a chart has no data.
      rows: ((sheet.data ?? []) as unknown as SheetCell[][]).map((row) => row.map(cellAsText)),
    }));
  } catch {
    // The reader's own message may quote a cell, so it is not kept.
    throw new RosterFileError('roster.broken-workbook');
  }
}

/** The file of each sheet, in the order of the workbook; needed only for the merged cells. */
function sheetPaths(files: Record<string, Uint8Array>): string[] {
  const decode = (path: string) => new TextDecoder().decode(files[path] ?? new Uint8Array());
  const targets = new Map<string, string>();
  for (const [tag] of decode('xl/_rels/workbook.xml.rels').matchAll(
    /<[^<>]*Relationship\b[^<>]*>/g,
  )) {
    const id = /\bId="([^"]*)"/.exec(tag)?.[1];
    const target = /\bTarget="([^"]*)"/.exec(tag)?.[1];
    if (id === undefined || target === undefined) continue;
    targets.set(id, target.startsWith('/') ? target.slice(1) : `xl/${target}`);
  }
  const sheets = decode('xl/workbook.xml').matchAll(/<(?:[\w.-]+:)?sheet\b[^<>]*>/g);
  return [...sheets].map(([tag]) => targets.get(/:id="([^"]*)"/.exec(tag)?.[1] ?? '') ?? '');
}

/** Repeats a downward merged value in every row that has something of its own. */
function fillDown(rows: string[][], merged: PreparedSheet['mergedDown']): void {
  const ownContent = rows.map((row) => row.some((cell) => cell !== ''));
  for (const { column, firstRow, lastRow } of merged) {
    const value = rows[firstRow - 1]?.[column - 1] ?? '';
    if (value === '') continue;
    for (let row = firstRow; row < lastRow && row < rows.length; row += 1) {
      const cells = rows[row];
      if (cells !== undefined && ownContent[row] && cells[column - 1] === '') {
        cells[column - 1] = value;
      }
    }
  }
}

function numberAsText(raw: string): string {
  const value = Number(raw);
  if (!Number.isInteger(value)) return Number.isFinite(value) ? String(value) : raw;
  const digits = String(Math.abs(value));
  // Written as Excel itself shows it, so that the row can be told what happened.
  return digits.length > excelSignificantDigits
    ? value.toExponential().toUpperCase()
    : String(value);
}

function cellAsText(cell: SheetCell): string {
  if (cell === null) return '';
  if (cell instanceof Date) {
    return Number.isNaN(cell.getTime()) ? '#日期' : cell.toISOString().slice(0, 10);
  }
  if (typeof cell === 'boolean') return cell ? 'TRUE' : 'FALSE';
  return cell;
}
