import { foldText } from './fold-text.ts';

/** A grade by its school year: 1–6 primary, 7–9 junior, 10–12 senior. */
export interface Grade {
  ordinal: number;
  /** 一年级 … 九年级, 高一 … 高三. */
  label: string;
}

export interface ClassLabel {
  grade: Grade;
  classNumber: number;
  /** 七(1)班, 高一(3)班. */
  name: string;
}

/** What a year of entry (2026级) or of leaving (2029届) is counted from. */
export interface SchoolYear {
  /** The year in which it began: 2026 for 2026–2027. */
  startsIn: number;
  /** The lowest and the highest grade of the school. */
  firstGrade: number;
  lastGrade: number;
}

export type ClassReading =
  | { outcome: 'read'; class: ClassLabel }
  | { outcome: 'no-grade' }
  | { outcome: 'grades-differ' }
  | { outcome: 'unreadable' };

const digits = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];
const highestGrade = 12;
const highestClassNumber = 60;
const stages: Record<string, { first: number; years: number }> = {
  小: { first: 1, years: 6 },
  初: { first: 7, years: 3 },
  高: { first: 10, years: 3 },
};

/**
 * Reads a grade however it is written: 七年级, 7年级, 初一, 高中二年级, 2026级, 2029届.
 * @returns null when it is none of these
 */
export function readGrade(text: string, year: SchoolYear): Grade | null {
  const folded = foldText(text).replace(/級/g, '级');
  const inYears = /^([小初高])?中?学?((?:19|20)\d\d)([级届])$/.exec(folded);
  if (inYears !== null) return gradeOfCohort(inYears, year);
  const staged = /^([小初高])(?:中|学)?(.{1,2}?)(?:年级)?$/.exec(folded);
  const stage = stages[staged?.[1] ?? ''];
  if (staged !== null && stage !== undefined) {
    const inStage = readNumber(staged[2] ?? '');
    if (inStage === null || inStage < 1 || inStage > stage.years) return null;
    return gradeOf(stage.first + inStage - 1);
  }
  if (/^(?:预初|初预|预备)(?:年级)?$/.test(folded)) return gradeOf(6);
  const plain = /^(.{1,2}?)(?:年级?)?$/.exec(folded);
  const ordinal = readNumber(plain?.[1] ?? '');
  return ordinal === null ? null : gradeOf(ordinal);
}

/**
 * Reads a class however it is written – 七（1）班, 7.1班, 七年级1班, 初一(1)班, 701, 1班 – together with
 * the grade column. A label that can be read in two ways is not guessed at.
 */
export function readClassLabel(text: string, grade: Grade | null, year: SchoolYear): ClassReading {
  const label = foldText(text).replace(/級/g, '级');
  const readings = splitLabel(label, year);
  const bare = readClassNumber(/^\(?([^()]+?)\)?班?$/.exec(label)?.[1] ?? '');
  const inGrade = readings.find((reading) => reading.grade.ordinal === grade?.ordinal);
  if (inGrade !== undefined) {
    // 二十班 in 二年级: class 20, or class 10 of grade 2.
    if (bare !== null && bare !== inGrade.classNumber) return { outcome: 'unreadable' };
    return read(inGrade.grade, inGrade.classNumber);
  }
  if (bare !== null) return grade === null ? { outcome: 'no-grade' } : read(grade, bare);
  const [only, second] = readings;
  if (only === undefined || second !== undefined) return { outcome: 'unreadable' };
  return grade === null ? read(only.grade, only.classNumber) : { outcome: 'grades-differ' };
}

function read(grade: Grade, classNumber: number): ClassReading {
  return { outcome: 'read', class: classOf(grade, classNumber) };
}

/** The one way in which a class of a grade is written in the roster. */
function classOf(grade: Grade, classNumber: number): ClassLabel {
  const short = grade.ordinal <= 9 ? (digits[grade.ordinal] ?? '') : grade.label;
  return { grade, classNumber, name: `${short}(${classNumber})班` };
}

function gradeOf(ordinal: number): Grade | null {
  if (!Number.isInteger(ordinal) || ordinal < 1 || ordinal > highestGrade) return null;
  const label = ordinal <= 9 ? `${digits[ordinal]}年级` : `高${digits[ordinal - 9]}`;
  return { ordinal, label };
}

function gradeOfCohort(
  [, stageWord, digitsOfYear, kind]: string[],
  year: SchoolYear,
): Grade | null {
  const stage = stages[stageWord ?? ''];
  const first = stage?.first ?? year.firstGrade;
  const last = stage === undefined ? year.lastGrade : stage.first + stage.years - 1;
  const ordinal =
    kind === '级'
      ? first + year.startsIn - Number(digitsOfYear)
      : last - (Number(digitsOfYear) - (year.startsIn + 1));
  return ordinal < first || ordinal > last ? null : gradeOf(ordinal);
}

/** Every way to cut a label into a grade and a class number. */
function splitLabel(label: string, year: SchoolYear): { grade: Grade; classNumber: number }[] {
  const found = new Map<string, { grade: Grade; classNumber: number }>();
  const add = (gradeText: string | undefined, numberText: string | undefined) => {
    const grade = readGrade(gradeText ?? '', year);
    const classNumber = readClassNumber(numberText ?? '');
    if (grade === null || classNumber === null) return;
    found.set(`${grade.ordinal}/${classNumber}`, { grade, classNumber });
  };
  const byDigits = /^(\d{1,2})(\d\d)班?$/.exec(label);
  if (byDigits !== null) add(byDigits[1], byDigits[2]);
  const bracketed = /^(.+?)\(([^()]+?)班?\)班?$/.exec(label);
  if (bracketed !== null) add(bracketed[1], bracketed[2]);
  const separated = /^(.+?)[.\-_·、,](.+?)班?$/.exec(label);
  // A bare 7.1 was a number: Excel writes 7.10 in the same way.
  if (separated !== null && !/^\d+\.\d+$/.test(label)) add(separated[1], separated[2]);
  const afterWord = /^(.+?[级届]|[小初高][中学]?[一二三四五六1-6])([^()]+?)班?$/.exec(label);
  if (afterWord !== null) add(afterWord[1], afterWord[2]);
  const bare = /^([一二三四五六七八九])([^()级届年]+?)班$/.exec(label);
  if (bare !== null) add(bare[1], bare[2]);
  return [...found.values()];
}

function readClassNumber(text: string): number | null {
  const number = readNumber(text);
  return number === null || number < 1 || number > highestClassNumber ? null : number;
}

/** 7, 07, 七, 十二, 二十, 二十三; null for anything else. */
function readNumber(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const parts = /^([一二三四五六七八九])?(十)?([一二三四五六七八九])?$/.exec(text);
  if (parts === null) return null;
  const [, tens, ten, units] = parts;
  if (ten === undefined) return text.length === 1 ? digits.indexOf(text) : null;
  return (tens === undefined ? 1 : digits.indexOf(tens)) * 10 + (units ? digits.indexOf(units) : 0);
}
