import './require-node-24.ts';
import { parseArgs } from 'node:util';
import { generateAll } from './generators.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const { file, problem } of await generateAll(values.check)) {
  console.log(`${problem === null ? 'ok    ' : 'FAILED'}  ${file}${problem ? `: ${problem}` : ''}`);
  if (problem !== null) process.exitCode = 1;
}
