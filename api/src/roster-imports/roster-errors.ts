/**
 * Everything that can be wrong with a roster file or one of its rows, in both languages.
 * A message names the row, the column and, only where it helps to find the mistake, the value;
 * none of them belongs in a log.
 */

export type Language = 'zh-CN' | 'en';
export type Words = Record<Language, string>;

/** The columns a roster may have, in the order in which a preview shows them. */
export const columnKeys = [
  'nationalId',
  'studentNo',
  'name',
  'sex',
  'birthDate',
  'grade',
  'class',
  'homeroomTeacher',
  'boards',
  'note',
] as const;
export type ColumnKey = (typeof columnKeys)[number];

export const columnWords = {
  nationalId: { 'zh-CN': '学籍号', en: 'national student number' },
  studentNo: { 'zh-CN': '学号', en: 'student number' },
  name: { 'zh-CN': '姓名', en: 'name' },
  sex: { 'zh-CN': '性别', en: 'sex' },
  birthDate: { 'zh-CN': '出生日期', en: 'date of birth' },
  grade: { 'zh-CN': '年级', en: 'grade' },
  class: { 'zh-CN': '班级', en: 'class' },
  homeroomTeacher: { 'zh-CN': '班主任', en: 'homeroom teacher' },
  boards: { 'zh-CN': '是否住宿', en: 'boarding' },
  note: { 'zh-CN': '备注', en: 'note' },
} satisfies Record<ColumnKey, Words>;

/** Wrong with the file as a whole: nothing of it can be previewed. */
export const fileErrors = {
  'roster.empty-file': {
    'zh-CN': '文件里没有内容。',
    en: 'The file is empty.',
  },
  'roster.too-large': {
    'zh-CN': '文件超过 {limit} MB，请只保留学生名册再上传。',
    en: 'The file is larger than {limit} MB. Keep only the pupil list and upload it again.',
  },
  'roster.unpacks-too-large': {
    'zh-CN': '文件解压后超过 {limit} MB，没有读取。请只保留学生名册再上传。',
    en: 'Unpacked, the file is larger than {limit} MB; it was not read. Keep only the pupil list.',
  },
  'roster.too-many-rows': {
    'zh-CN': '表格超过 {limit} 行（第 {row} 行还有内容），没有读取。',
    en: 'The table has more than {limit} rows (row {row} still has content); it was not read.',
  },
  'roster.too-many-columns': {
    'zh-CN': '第 {row} 行超过 {limit} 列，没有读取。',
    en: 'Row {row} has more than {limit} columns; the table was not read.',
  },
  'roster.too-complex': {
    'zh-CN': '读取这个文件需要的内存太多，已经停止。请只保留学生名册再上传。',
    en: 'Reading this file took too much memory and was stopped. Keep only the pupil list.',
  },
  'roster.too-slow': {
    'zh-CN': '读取这个文件超过 {seconds} 秒，已经停止。请只保留学生名册再上传。',
    en: 'Reading this file took more than {seconds} seconds and was stopped. Keep only the pupil list.',
  },
  'roster.old-xls': {
    'zh-CN': '这是旧版 Excel（.xls）文件。请在 Excel 或 WPS 里“另存为”.xlsx 后再上传。',
    en: 'This is an old Excel (.xls) file. Save it as .xlsx in Excel or WPS and upload that.',
  },
  'roster.encrypted': {
    'zh-CN': '文件设了打开密码。请去掉密码后再上传。',
    en: 'The file is protected by a password. Remove the password and upload it again.',
  },
  'roster.not-a-spreadsheet': {
    'zh-CN': '这不是 Excel（.xlsx）或 CSV 文件。请另存为 .xlsx 后再上传。',
    en: 'This is neither an Excel (.xlsx) nor a CSV file. Save it as .xlsx and upload that.',
  },
  'roster.broken-zip': {
    'zh-CN': '文件已损坏或没有传完整。请重新保存后再上传。',
    en: 'The file is damaged or incomplete. Save it again and upload it once more.',
  },
  'roster.broken-workbook': {
    'zh-CN': '文件里的表格无法读取。请在 Excel 或 WPS 里打开后另存为 .xlsx 再上传。',
    en: 'The sheet in this file cannot be read. Open it in Excel or WPS and save it as .xlsx again.',
  },
  'roster.several-sheets': {
    'zh-CN': '有 {count} 张工作表都像学生名册（{sheets}）。请合并成一张再上传，以免漏掉学生。',
    en: '{count} sheets look like pupil lists ({sheets}). Merge them into one, so that nobody is left out.',
  },
  'roster.unreadable-encoding': {
    'zh-CN':
      '第 {row} 行的文字编码无法识别（不是 UTF-8，也不是 GB18030）。请另存为“CSV UTF-8”或 .xlsx 再上传。',
    en: 'The text of row {row} is neither UTF-8 nor GB18030. Save the file as "CSV UTF-8" or .xlsx.',
  },
  'roster.broken-quotes': {
    'zh-CN': '第 {row} 行的引号没有配对，从这里起无法分清各列。',
    en: 'The quotation marks of row {row} do not match; from there on the columns cannot be told apart.',
  },
  'roster.no-header': {
    'zh-CN': '没有找到表头（例如“姓名、学号、年级、班级”）。',
    en: 'No header row was found (for example 姓名, 学号, 年级, 班级).',
  },
  'roster.missing-column': {
    'zh-CN': '第 {row} 行的表头缺少这一列：{columns}。',
    en: 'The header in row {row} lacks: {columns}.',
  },
  'roster.double-column': {
    'zh-CN': '第 {row} 行的表头有两列都是“{column}”（{titles}），请只保留一列。',
    en: 'The header in row {row} has two columns for {column} ({titles}); keep one of them.',
  },
  'roster.no-rows': {
    'zh-CN': '表头（第 {row} 行）下面没有学生。',
    en: 'There are no pupils below the header (row {row}).',
  },
} satisfies Record<`roster.${string}`, Words>;
export type FileErrorCode = keyof typeof fileErrors;

/** Wrong with one row: nothing of the file is applied until it is put right. */
export const rowErrors = {
  'roster.missing-name': { 'zh-CN': '没有姓名。', en: 'The name is missing.' },
  'roster.bad-name': {
    'zh-CN': '“{value}”不像姓名。',
    en: '"{value}" does not look like a name.',
  },
  'roster.control-character': {
    'zh-CN': '“{column}”里有看不见的控制字符，请重新输入这一格。',
    en: 'The cell "{column}" contains an invisible control character; type it again.',
  },
  'roster.too-long': {
    'zh-CN': '“{column}”超过 {limit} 个字。',
    en: 'The cell "{column}" has more than {limit} characters.',
  },
  'roster.spreadsheet-error': {
    'zh-CN': '“{column}”是 Excel 的出错值 {value}。',
    en: 'The cell "{column}" holds the Excel error {value}.',
  },
  'roster.formula-without-value': {
    'zh-CN': '“{column}”是没有结果的公式。请粘贴为数值后再上传。',
    en: 'The cell "{column}" is a formula without a result; paste it as a value.',
  },
  'roster.missing-number': {
    'zh-CN': '学籍号和学号都没有填，至少要有一个。',
    en: 'Neither a national student number nor a student number; one of them is needed.',
  },
  'roster.bad-national-id': {
    'zh-CN': '学籍号应为 G、J 或 L 加 18 位身份证件号，这里有 {length} 个字符。',
    en: 'A national student number is G, J or L and 18 more characters; here there are {length}.',
  },
  'roster.bad-student-number': {
    'zh-CN': '学号“{value}”无法识别。',
    en: 'The student number "{value}" cannot be read.',
  },
  'roster.scientific-notation': {
    'zh-CN':
      'Excel 把{column}变成了科学计数法（{value}），后面的数字已经丢失。请把这一列设为文本后重新填写。',
    en: 'Excel turned this {column} into scientific notation ({value}) and its last digits are lost. Format the column as text and fill it in again.',
  },
  'roster.bad-sex': {
    'zh-CN': '性别“{value}”无法识别，应为“男”或“女”。',
    en: 'The sex "{value}" cannot be read; 男 or 女 is expected.',
  },
  'roster.bad-birth-date': {
    'zh-CN': '出生日期“{value}”无法识别，应如 2013-12-24。',
    en: 'The date of birth "{value}" cannot be read; write it as 2013-12-24.',
  },
  'roster.bad-grade': {
    'zh-CN': '年级“{value}”无法识别，应如“七年级”。',
    en: 'The grade "{value}" cannot be read; 七年级 is an example.',
  },
  'roster.missing-class': { 'zh-CN': '没有班级。', en: 'The class is missing.' },
  'roster.bad-class': {
    'zh-CN': '班级“{value}”无法识别，应如“七(1)班”。',
    en: 'The class "{value}" cannot be read; 七(1)班 is an example.',
  },
  'roster.class-without-grade': {
    'zh-CN': '班级“{value}”看不出年级，请填写“年级”一列。',
    en: 'The class "{value}" does not tell the grade; fill in the column 年级.',
  },
  'roster.grade-and-class-differ': {
    'zh-CN': '年级是“{grade}”，班级“{value}”却属于另一个年级。',
    en: 'The grade is {grade}, but the class "{value}" belongs to another one.',
  },
  'roster.bad-boarding': {
    'zh-CN': '是否住宿“{value}”无法识别，应为“是”或“否”。',
    en: 'The boarding cell "{value}" cannot be read; 是 or 否 is expected.',
  },
  'roster.double-national-id': {
    'zh-CN': '学籍号与第 {rows} 行相同。',
    en: 'The same national student number as in row {rows}.',
  },
  'roster.double-student-number': {
    'zh-CN': '学号“{value}”与第 {rows} 行相同。',
    en: 'The same student number "{value}" as in row {rows}.',
  },
  'roster.double-pupil': {
    'zh-CN': '与第 {rows} 行是名册里的同一名学生。',
    en: 'The same pupil of the roster as in row {rows}.',
  },
  'roster.numbers-of-two-pupils': {
    'zh-CN': '学籍号和学号“{value}”分别属于名册里的两名学生。',
    en: 'The national student number and the student number "{value}" belong to two different pupils.',
  },
  'roster.student-number-taken': {
    'zh-CN': '学号“{value}”在名册里属于另一名学生（学籍号和姓名都不同）。',
    en: 'The student number "{value}" belongs to another pupil (other national number, other name).',
  },
  'roster.two-homeroom-teachers': {
    'zh-CN': '{class} 有不止一位班主任：这里是“{value}”，第 {rows} 行是“{other}”。',
    en: '{class} has more than one homeroom teacher: "{value}" here, "{other}" in row {rows}.',
  },
} satisfies Record<`roster.${string}`, Words>;
export type RowErrorCode = keyof typeof rowErrors;

/** Worth a look, and no reason to stop. */
export const rowWarnings = {
  'roster.national-id-check-digit': {
    'zh-CN': '学籍号的校验位不符，请核对。',
    en: 'The check digit of the national student number does not fit; please compare.',
  },
  'roster.birth-date-without-day': {
    'zh-CN': '出生日期“{value}”没有日，没有采用。',
    en: 'The date of birth "{value}" has no day and was not taken over.',
  },
  'roster.rare-character': {
    'zh-CN': '“{column}”里有自造字，别的电脑上可能显示不出来。',
    en: 'The cell "{column}" has a private-use character that other computers may not show.',
  },
} satisfies Record<`roster.${string}`, Words>;
export type RowWarningCode = keyof typeof rowWarnings;

export type RosterErrorCode = FileErrorCode | RowErrorCode | RowWarningCode;

const everyMessage: Record<RosterErrorCode, Words> = {
  ...fileErrors,
  ...rowErrors,
  ...rowWarnings,
};

type MessageValue = string | number;
export type MessageValues = Record<string, MessageValue | Words>;

/** The message of a code in one language; `{name}` stands for the value of that name. */
export function rosterMessage(
  code: RosterErrorCode,
  values: MessageValues,
  language: Language,
): string {
  return everyMessage[code][language].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'object' ? value[language] : String(value);
  });
}

/** Something about one cell (or, with column null, about the row). */
export interface RowIssue<Code extends RosterErrorCode = RosterErrorCode> {
  column: ColumnKey | null;
  code: Code;
  message: Words;
}
export type RowError = RowIssue<RowErrorCode>;
export type RowWarning = RowIssue<RowWarningCode>;

/** Builds an issue; `{column}` in the message is filled in from the column. */
export function rowIssue<Code extends RowErrorCode | RowWarningCode>(
  column: ColumnKey | null,
  code: Code,
  values: MessageValues = {},
): RowIssue<Code> {
  const all: MessageValues = column === null ? values : { column: columnWords[column], ...values };
  return {
    column,
    code,
    message: {
      'zh-CN': rosterMessage(code, all, 'zh-CN'),
      en: rosterMessage(code, all, 'en'),
    },
  };
}

/** A file that cannot be previewed at all. Carries no bytes and no cells of the file. */
export class RosterFileError extends Error {
  readonly code: FileErrorCode;
  readonly values: MessageValues;

  constructor(code: FileErrorCode, values: MessageValues = {}) {
    super(code);
    this.name = 'RosterFileError';
    this.code = code;
    this.values = values;
  }

  /** The row as Excel shows it, where the mistake is in one row. */
  get row(): number | null {
    return typeof this.values.row === 'number' ? this.values.row : null;
  }

  words(): Words {
    return {
      'zh-CN': rosterMessage(this.code, this.values, 'zh-CN'),
      en: rosterMessage(this.code, this.values, 'en'),
    };
  }
}
