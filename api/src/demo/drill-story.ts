import type { Sql } from 'postgres';
import type { Deps } from '../deps.ts';
import { sealConfig } from '../messages/channel-secrets.ts';
import type { DemoSchool } from './demo-school.ts';

/** The list at the time, and after how many seconds each answered; one did not. */
const answers = [
  ['T118', 42],
  ['T121', 95],
  ['T119', null],
  ['T120', 214],
  ['T123', 61],
] as const;

const minutesBetween = 2;

/**
 * Two channels that are off, so that the demo sends nothing to anybody, and a drill of last week that went through them when they were on.
 */
export async function playDrill(
  deps: Pick<Deps, 'master' | 'newId'>,
  sql: Sql,
  school: DemoSchool,
  now: Date,
): Promise<void> {
  const [email, ringing] = await writeChannels(deps, sql, school);
  const startedAt = new Date(now.getTime() - 7 * 86_400_000);
  const drillId = deps.newId();
  const at = (minutes: number, seconds = 0) =>
    new Date(startedAt.getTime() + minutes * 60_000 + seconds * 1000);
  const base = { school_id: school.id };
  await sql`insert into app.drills ${sql({
    ...base,
    id: drillId,
    started_by: school.staff.get('T118') ?? '',
    started_at: startedAt,
    every_minutes: minutesBetween,
    with_outside: false,
    rung: 'outside',
    asked: answers.map(([staffNo]) => school.staff.get(staffNo) ?? ''),
    finished_at: at(answers.length * minutesBetween),
  })}`;
  for (const [index, [staffNo, seconds]] of answers.entries()) {
    const id = deps.newId();
    const person_id = school.staff.get(staffNo) ?? '';
    const asked_at = at(index * minutesBetween);
    await sql`insert into app.drill_calls ${sql({
      ...base,
      id,
      drill_id: drillId,
      position: index + 1,
      person_id,
      asked_at,
      answered_at: seconds === null ? null : at(index * minutesBetween, seconds),
    })}`;
    await sql`insert into app.outbox ${sql({ ...base, id, topic: 'drill.called', subject_id: id, at: asked_at, delivered_at: asked_at })}`;
    await sql`insert into app.notices ${sql({ ...base, id: deps.newId(), outbox_id: id, person_id, kind: 'drill_to_answer', subject_id: id, at: asked_at, seen_at: asked_at })}`;
    for (const [channel_id, channel_kind] of [
      [email, 'email'],
      [ringing, 'ringing'],
    ] as const)
      await sql`insert into app.messages ${sql({
        ...base,
        id: deps.newId(),
        outbox_id: id,
        drill_id: drillId,
        person_id,
        channel_id,
        channel_kind,
        kind: 'drill',
        colour: 'red',
        at: asked_at,
        not_before: asked_at,
        state: seconds === null ? 'sent' : 'acknowledged',
        sent_at: at(index * minutesBetween, channel_kind === 'email' ? 2 : 4),
      })}`;
  }
}

async function writeChannels(
  deps: Pick<Deps, 'master' | 'newId'>,
  sql: Sql,
  school: DemoSchool,
): Promise<readonly [string, string]> {
  const ids = [deps.newId(), deps.newId()] as const;
  const configs = [
    {
      name: '学校邮箱（演示，已停用）',
      config: {
        kind: 'email',
        host: 'mail.jiangpan-edu.example',
        port: 465,
        security: 'tls',
        user: '',
        password: '',
        from: 'shaodian@jiangpan-edu.example',
      },
    },
    {
      name: '电话网关（演示，已停用）',
      config: {
        kind: 'ringing',
        url: 'https://gateway.jiangpan-edu.example/calls',
        secret: 'demo-demo-demo-demo',
        mode: 'voice',
      },
    },
  ] as const;
  for (const [index, { name, config }] of configs.entries())
    await sql`insert into app.channels ${sql({
      school_id: school.id,
      id: ids[index] ?? '',
      kind: config.kind,
      name,
      ...sealConfig(deps.master, school.id, ids[index] ?? '', config),
      enabled: false,
      created_by: school.administratorId,
    })}`;
  return ids;
}
