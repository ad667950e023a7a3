// Writes src/indicators.generated.ts from data/indicators.csv; --check says whether it is fresh.
import { readFile, writeFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';

interface Row {
  readonly [column: string]: string;
}

const source = new URL('./data/indicators.csv', import.meta.url);
const target = new URL('./src/indicators.generated.ts', import.meta.url);
const quote = (text: string): string => JSON.stringify(text);

function entry(row: Row): string {
  const audience = row['audience'] === 'staff' ? "['staff']" : "['peer', 'staff']";
  return `  {
    code: ${quote(row['code'] ?? '')},
    domain: ${quote(row['domain'] ?? '')},
    tier: ${quote(row['tier'] ?? '')},
    immediate: ${row['immediate_school_alert'] === 'yes'},
    mandatoryReport: ${quote(row['mandatory_report_situation'] ?? '')},
    audience: ${audience},
    asksAboutWhom: ${row['ask_about_whom'] === 'yes'},
    zh: ${quote(row['zh'] ?? '')},
    en: ${quote(row['en'] ?? '')},
    sources: [${(row['source'] ?? '').split(';').map(quote).join(', ')}],
  },`;
}

const rows = parse(await readFile(source, 'utf8'), {
  columns: true,
  bom: true,
  record_delimiter: ['\n', '\r\n'],
  skip_empty_lines: true,
  relax_quotes: true,
}) as Row[];
const text = `// Generated from data/indicators.csv (npm run generate). Do not edit.
export const indicatorRows = [
${rows.map(entry).join('\n')}
] as const;
`;
if (!process.argv.includes('--check')) await writeFile(target, text);
else if ((await readFile(target, 'utf8').catch(() => '')) !== text) {
  process.stderr.write('rules/src/indicators.generated.ts is stale: run npm run generate\n');
  process.exitCode = 1;
}
