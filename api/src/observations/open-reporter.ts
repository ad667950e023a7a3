import { sql } from 'kysely';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import { getDataKey } from '../crypto/data-keys.ts';
import { sealText, unsealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

type OpenDeps = Pick<Deps, 'db' | 'master' | 'newId'>;

interface Seal {
  readonly mark: string;
  readonly kek_id: string;
  readonly sealed_person: Buffer;
}

/**
 * Says who reported something, to a counsellor who gave the password again and wrote down why. Nobody else learns even that there is
 * such a way. It is not answered twice from memory: each look is a row of its own and a line of the audit.
 * @throws Refusal resource.not-found, session.step-up-required
 */
export function openReporter(
  deps: OpenDeps,
  actor: Actor,
  observationId: string,
  input: { readonly reason: string },
) {
  return deps.db.asActor(actor, async (trx) => {
    const role = (await counsellingRole(trx, actor)) ?? refuse('resource.not-found');
    const found = await trx
      .selectFrom('observation_details as d')
      .innerJoin('pupils as p', (on) =>
        on.onRef('p.school_id', '=', 'd.school_id').onRef('p.id', '=', 'd.pupil_id'),
      )
      .select(['d.pupil_id', 'p.erased_at'])
      .where('d.school_id', '=', actor.schoolId)
      .where('d.observation_id', '=', observationId)
      // What one reported oneself stays readable; a look at it is still a look at the pupil.
      .where(sql<boolean>`d.pupil_id <> all ((select sec.excluded_pupils())::uuid[])`)
      .executeTakeFirst();
    if (!found) return refuse('resource.not-found');
    const { purpose } = actor.steppedUp ?? refuse('session.step-up-required');
    // That password was given for another door.
    if (purpose === 'break_glass' || purpose === 'approve_grants')
      refuse('session.step-up-required');
    const look = { observationId, pupilId: found.pupil_id, purpose, reason: input.reason };
    // Of an erased pupil nothing is opened, nor a reason kept: it would need a key of theirs.
    const seal = found.erased_at
      ? undefined
      : await findSeal(trx, await insertOpening(deps, trx, actor, look));
    recordAct(trx, {
      action: 'reporter.read',
      pupils: [found.pupil_id],
      resource: `observation:${observationId}`,
      why: role,
      purpose,
    });
    return { reporter: seal ? await readPerson(trx, actor, personOf(deps, actor, seal)) : null };
  });
}

async function counsellingRole(trx: ActorTransaction, actor: Actor): Promise<string | undefined> {
  const roles = (await listOwnGrants(trx, actor)).map((grant) => grant.role);
  return roles.find((role) => role === 'lead_counsellor' || role === 'counsellor');
}

async function insertOpening(
  deps: OpenDeps,
  trx: ActorTransaction,
  actor: Actor,
  look: { observationId: string; pupilId: string; purpose: string; reason: string },
): Promise<string> {
  const id = deps.newId();
  const { schoolId } = actor;
  const key = await getDataKey(trx, deps.master, { schoolId, kind: 'pupil', id: look.pupilId });
  const place = { table: 'reporter_openings', column: 'reason', row: id, schoolId };
  await trx
    .insertInto('reporter_openings')
    .values({
      school_id: schoolId,
      id,
      observation_id: look.observationId,
      pupil_id: look.pupilId,
      opened_by: actor.personId,
      purpose: look.purpose,
      reason: sealText(look.reason, key, place),
    })
    .execute();
  return id;
}

async function findSeal(trx: ActorTransaction, openingId: string): Promise<Seal | undefined> {
  const rows = await sql<Seal>`select * from sec.open_reporter(${openingId})`.execute(trx);
  return rows.rows[0];
}

function personOf(deps: OpenDeps, { schoolId }: Actor, seal: Seal): string {
  const kek = deps.master.kekById(schoolId, seal.kek_id);
  const place = { table: 'reporter_seals', column: 'sealed_person', row: seal.mark, schoolId };
  return unsealText(seal.sealed_person, kek, place);
}

async function readPerson(trx: ActorTransaction, actor: Actor, personId: string) {
  const pupil = await trx
    .selectFrom('pupils as p')
    .innerJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'p.school_id').onRef('c.id', '=', 'p.class_id'),
    )
    .select(['p.name', 'c.name as className'])
    .where('p.school_id', '=', actor.schoolId)
    .where('p.id', '=', personId)
    .executeTakeFirst();
  if (pupil) return { id: personId, name: pupil.name, className: pupil.className };
  const staff = await trx
    .selectFrom('staff')
    .select('name')
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', personId)
    .executeTakeFirst();
  return staff ? { id: personId, name: staff.name, className: null } : null;
}
