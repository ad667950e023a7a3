import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultOf } from './fault.ts';
import { logEvents } from './log-fields.ts';
import type { LogEvent, LogFields } from './log-fields.ts';
import { makeLog } from './log.ts';

const canary = '她说不想活了';
const secret = 'hunter2-hunter2';

/** Everything a log was handed, as the lines that left. */
function linesOf(write: (log: ReturnType<typeof makeLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(makeLog('debug', { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
/** Past the types, as a cast, an error or plain JavaScript would. */
const anything = (value: unknown) => value as LogFields;

describe('a log line', () => {
  test('has the listed fields in their listed form', () => {
    const fields = { error: 'PostgresError', code: '23505', route: '/api/alerts/{id}' };
    const [line] = linesOf((log) => log.error({ ...fields, method: 'GET' }, 'request failed'));
    expect(line).toMatchObject({ ...fields, method: 'GET', msg: 'request failed' });
    expect(line).not.toHaveProperty('dropped');
  });

  test.each<[string, unknown]>([
    ['a field nobody listed', { words: canary, password: secret, cookie: secret, name: '李梅' }],
    ['words in a listed field', { error: canary, code: `x ${secret}`, topic: `a ${secret}` }],
    ['an address instead of its template', { route: '/api/pupils/3f0c?q=hunter2-hunter2' }],
    ['words where frames belong', { at: [`at ${canary} (/a/b.ts:1:1)`] }],
    ['one bad frame among good ones', { at: ['at run (/a/b.ts:1:1)', `at x (${secret})`] }],
    [
      'an object under a listed name',
      { error: { words: canary }, port: { toString: () => secret } },
    ],
    ['an error itself', new Error(`${canary} ${secret}`)],
    ['an error under a listed name', { error: new Error(canary) }],
    ['a text', `${canary} ${secret}`],
    ['a list', [canary, secret]],
    ['a request', new Request('http://x/?q=hunter2-hunter2', { headers: { cookie: secret } })],
    ['a getter of the prototype', Object.create({ error: secret })],
    ['what serialises itself', { error: 'E', toJSON: () => ({ words: canary }) }],
  ])('lets %s fall, and counts it', (_name, value) => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      const lines = linesOf((log) => log[level](anything(value), 'request failed'));
      const written = JSON.stringify(lines);
      expect(lines).toHaveLength(1);
      expect(written).not.toContain(secret);
      expect(written).not.toContain(canary);
    }
  });

  test('says only what is listed', () => {
    const [line] = linesOf((log) => log.warn({}, `hello ${secret}` as LogEvent));
    expect(line).toMatchObject({ msg: 'something unlisted', dropped: 1 });
    for (const event of logEvents) {
      const [said] = linesOf((log) => log.info({}, event));
      expect(said).toEqual({ level: 30, time: expect.any(Number) as number, msg: event });
    }
  });

  test('gives away nothing of any value under any name', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) => {
        const marked = { ...fields, [`k${secret}`]: secret, words: { deep: [canary, fields] } };
        const written = JSON.stringify(
          linesOf((log) => log.error(anything(marked), 'request failed')),
        );
        expect(written).not.toContain(secret);
        expect(written).not.toContain(canary);
        expect(JSON.parse(written)).toMatchObject([{ dropped: expect.any(Number) as number }]);
      }),
    );
  });
});

describe('what is said of an error', () => {
  test('is its class, its code and where it happened', () => {
    const fault = faultOf(Object.assign(new TypeError(secret), { code: '42P01' }));
    expect(fault).toMatchObject({ error: 'TypeError', code: '42P01' });
    expect(fault.at?.[0]).toContain('log.test.ts:');
    const [line] = linesOf((log) => log.error(fault, 'request failed'));
    expect(line).toMatchObject({ at: fault.at });
    expect(line).not.toHaveProperty('dropped');
  });

  test('is nothing of a message, also when it looks like frames or was changed later', () => {
    const frames = new Error(
      `x\n    at ${secret} (/a/hunter2-hunter2.ts:1:1)\n    at y (/b.ts:1:1)`,
    );
    const changed = new Error(`a\n    at ${secret} (/a/b.ts:1:1)`);
    changed.message = 'another';
    const bare = Object.assign(new Error(secret), { stack: undefined });
    for (const error of [frames, changed, bare, secret, { message: secret }, null, undefined])
      expect(JSON.stringify(faultOf(error))).not.toContain('hunter2');
  });
});

test.each(['throw new Error(said)', 'Promise.reject(new Error(said))'])(
  'a process that ends by `%s` says where and not what',
  async (fault) => {
    const here = new URL('.', import.meta.url).href;
    const source = `
      const { makeLog } = await import('${here}log.ts');
      const { logLastWords } = await import('${here}log-last-words.ts');
      logLastWords(makeLog('info'));
      const said = process.env.SAID;
      setTimeout(() => { ${fault} }, 1);
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      env: { ...process.env, SAID: secret },
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ msg: 'process failed', error: 'Error' });
    expect(out + err).not.toContain(secret);
  },
);
