import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { candidatesFor } from '../testing/access-candidates.ts';
import {
  askFunctions,
  foundingQuestion,
  functionQuestions,
  startEmptySchool,
} from '../testing/access-functions.ts';
import type { EmptySchool } from '../testing/access-functions.ts';
import { deliverAfter } from '../testing/access-deliveries.ts';
import { exchangeAfter } from '../testing/access-exchanges.ts';
import { changeAs, probeAndUndo, runAs, seeAs, updateOf } from '../testing/access-probes.ts';
import type { Probe } from '../testing/access-probes.ts';
import { startAccessWorld } from '../testing/access-world.ts';
import type { AccessActor } from '../testing/access-oracle.ts';
import type { AccessTable, AccessWorld } from '../testing/access-world.ts';

interface Policy {
  readonly tablename: string;
  readonly policyname: string;
  readonly cmd: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'ALL';
  readonly role: string;
  readonly permissive: 'PERMISSIVE' | 'RESTRICTIVE';
}

let world: AccessWorld;
let empty: EmptySchool;
let questions: Awaited<ReturnType<typeof functionQuestions>>;

beforeAll(async () => {
  world = await startAccessWorld();
  questions = await functionQuestions(world);
  empty = await startEmptySchool(inject('seededUrl'));
});
afterAll(async () => {
  await empty.stop();
  await world.api.stop();
});

type Command = Exclude<Policy['cmd'], 'ALL'>;
/** `adds`: a permissive policy is judged, which can only add. */
interface Asked {
  readonly command: Command;
  readonly adds: boolean;
}
/** What each actor sees, changes, or may write: keys, or the statements that were let through. */
type Cells = string[][];

const commandsOf = (policy: Policy): readonly Command[] =>
  policy.cmd === 'ALL' ? ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] : [policy.cmd];

// A permissive policy only ever adds: the cells that were empty stay empty without it, and are not asked again.
// A restrictive one takes away: without it any cell may hold more, and every cell is asked.
function stillToAsk(table: AccessTable, { command, adds }: Asked, before: Cells | undefined) {
  return world.actors.flatMap((actor, index) => {
    const statements =
      command === 'INSERT' ? (before?.[index] ?? statementsFor(actor, table.name, adds)) : [];
    return before && before[index]?.length === 0 ? [] : [{ index, actor, statements }];
  });
}

// Made once: a candidate names new ids, and what is compared are the statements. Where a policy can only add, those that the table allows are
// enough: the access matrix asks the others, and without the policy they are refused as before.
const candidates = new Map<string, string[]>();
function statementsFor(actor: AccessActor, table: string, adds: boolean): string[] {
  const name = `${table}/${actor.name}/${adds}`;
  const known =
    candidates.get(name) ??
    candidatesFor(world, actor, table)
      .filter((one) => one.allowed || !adds)
      .map((one) => one.statement);
  candidates.set(name, known);
  return known;
}

/** The cells of one table for one command; those that were empty before are left empty. */
async function observe(
  probe: Probe,
  table: AccessTable,
  about: Asked,
  before?: Cells,
): Promise<Cells> {
  const { command } = about;
  const asked = stillToAsk(table, about, before);
  const cells: Cells = world.actors.map(() => []);
  if (command === 'INSERT') {
    for (const { index, actor, statements } of asked) {
      const answers = await runAs(probe, actor, statements);
      cells[index] = statements.filter((_, at) => answers[at] !== '42501');
    }
    return cells;
  }
  const actors = asked.map(({ actor }) => actor);
  const statement = command === 'UPDATE' ? updateOf(table.name) : `delete from app.${table.name}`;
  const keys =
    command === 'SELECT'
      ? await seeAs(probe, actors, table)
      : await changeAs(probe, actors, table, statement);
  for (const [at, { index }] of asked.entries()) cells[index] = keys[at]?.sort() ?? [];
  return cells;
}

const baselines = new Map<string, Cells>();
const tableOf = (policy: Policy) =>
  world.tables.find((one) => one.name === policy.tablename) ?? expect.unreachable(policy.tablename);

async function baselineOf(probe: Probe, table: AccessTable, about: Asked): Promise<Cells> {
  const name = `${table.name}/${about.command}/${about.adds}`;
  const known = baselines.get(name) ?? (await observe(probe, table, about));
  baselines.set(name, known);
  return known;
}

const dropping = (policy: Policy) => `drop policy ${policy.policyname} on app.${policy.tablename}`;

/** For a policy of the app role: whether any cell of its table is another without it. */
async function changesCells(policy: Policy): Promise<boolean> {
  const { admin } = world.api;
  const table = tableOf(policy);
  const adds = policy.permissive === 'PERMISSIVE';
  for (const command of commandsOf(policy)) {
    const about = { command, adds };
    const before = await probeAndUndo(admin, '', (probe) => baselineOf(probe, table, about));
    const after = await probeAndUndo(admin, dropping(policy), (probe) =>
      observe(probe, table, about, adds ? before : undefined),
    );
    if (JSON.stringify(after) !== JSON.stringify(before)) return true;
  }
  return false;
}

/** For a policy of the owner: whether a function that looks through it answers otherwise without it. */
async function changesAnswers(policy: Policy): Promise<boolean> {
  const answers = async (prepare: string) =>
    JSON.stringify([
      await probeAndUndo(empty.admin, prepare, (probe) =>
        runAs(probe, world.actor('nobody'), [foundingQuestion()]),
      ),
      await probeAndUndo(world.api.admin, prepare, (probe) => askFunctions(probe, questions)),
    ]);
  return (await answers(dropping(policy))) !== (await answers(''));
}

/** For a policy of the worker, or one that it looks through: whether a step of a delivery ends otherwise without it. */
async function changesDeliveries(policy: Policy): Promise<boolean> {
  const answers = async (prepare: string) => JSON.stringify(await deliverAfter(world, prepare));
  return (await answers(dropping(policy))) !== (await answers(''));
}

/** The same for a step of an exchange of keys. */
async function changesExchanges(policy: Policy): Promise<boolean> {
  const answers = async (prepare: string) => JSON.stringify(await exchangeAfter(world, prepare));
  return (await answers(dropping(policy))) !== (await answers('select'));
}

describe('dropping any one policy', () => {
  test('every function that looks behind row security answers while nothing is dropped', async () => {
    const answers = await probeAndUndo(world.api.admin, '', (probe) =>
      askFunctions(probe, questions),
    );
    for (const [index, answer] of answers.entries())
      expect([questions[index]?.[1], answer]).not.toEqual([
        questions[index]?.[1],
        expect.stringMatching(/^(\d{5}|[0-9A-Z]{5}|none|null|false|\{\})$/),
      ]);
    const founded = await probeAndUndo(empty.admin, '', (probe) =>
      runAs(probe, world.actor('nobody'), [foundingQuestion()]),
    );
    expect(founded).toEqual(['true']);
  });

  test('every step of a delivery works while nothing is dropped', async () => {
    const answers = await deliverAfter(world, '');
    const [taken, due, channels, drills, clusters, ...rest] = answers;
    expect(taken).toMatch(/^[0-9a-f-]{36}$/);
    expect([due, channels, drills, clusters]).toEqual(['true', 'true', 'true', 'true']);
    const done = rest.filter((answer) => answer === 'done');
    const counts = rest.filter((answer) => /^\d+$/.test(answer)).map(Number);
    expect(done).toHaveLength(6);
    expect(counts).toHaveLength(27);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    // Somebody can sign in, and the worker may ask who.
    expect(rest.filter((answer) => answer === 'false')).toHaveLength(1);
  });

  test('every step of an exchange of keys works while nothing is dropped', async () => {
    const answers = await exchangeAfter(world, 'select');
    const [seen = '', made, ...reached] = [...answers].reverse();
    expect(made).toBe('done');
    for (const count of [seen, ...reached]) expect(Number(count)).toBeGreaterThan(0);
  });

  test('changes what at least one person sees or may do', async () => {
    const policies = await world.api.admin<Policy[]>`
      select tablename, policyname, cmd, permissive, array_to_string(roles, ',') as role from pg_policies where schemaname = 'app' order by 1, 2`;
    const missed: string[] = [];
    const restrictive = policies.filter((policy) => policy.permissive === 'RESTRICTIVE').length;
    for (const policy of policies) {
      const caught =
        policy.role === 'shaodian_app'
          ? await changesCells(policy)
          : (await changesDeliveries(policy)) ||
            (policy.role === 'shaodian_worker' && (await changesExchanges(policy))) ||
            (policy.role !== 'shaodian_worker' && (await changesAnswers(policy)));
      if (!caught) missed.push(`${policy.tablename}.${policy.policyname}`);
    }
    process.stdout.write(
      `${policies.length} policies (${restrictive} restrictive), ${policies.length - missed.length} caught\n`,
    );
    expect(missed).toEqual([]);
    expect(policies.length).toBeGreaterThan(80);
  });

  test('is noticed for restrictive policies too: one that hides something, not one that hides nothing', async () => {
    const caught = async (name: string, using: string) => {
      await world.api.admin.unsafe(
        `create policy ${name} on app.terms as restrictive for select to shaodian_app using (${using})`,
      );
      baselines.clear();
      const policy = {
        tablename: 'terms',
        policyname: name,
        cmd: 'SELECT',
        role: 'shaodian_app',
        permissive: 'RESTRICTIVE',
      } as const;
      const changes = await changesCells(policy).finally(() =>
        world.api.admin.unsafe(dropping(policy)),
      );
      baselines.clear();
      return changes;
    };
    // Everybody's cells are empty under the first: only asking each of them again shows what it hid.
    expect(await caught('hides_all', '(select sec.school()) is null')).toBe(true);
    expect(await caught('hides_nothing', '(select sec.school()) is not null')).toBe(false);
  });
});
