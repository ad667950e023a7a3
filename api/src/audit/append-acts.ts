import type { MasterKey } from '../crypto/master-key.ts';
import { auditActions } from './actions.ts';
import type { AuditAct } from './actions.ts';
import { entryText, macMaker, nextHash } from './chain.ts';

/** Runs one statement on the connection of a transaction. */
type Run = (text: string, parameters: readonly unknown[]) => Promise<readonly unknown[]>;

interface Head {
  readonly seq: string;
  readonly hash: string;
  readonly at_us: string;
  readonly person: string;
  readonly mark: string;
}

/** Writes what happened in a transaction at the end of its school's chain. */
export type AppendActs = (run: Run, schoolId: number, acts: readonly AuditAct[]) => Promise<void>;

/**
 * The last statements before COMMIT: until then nobody else in the school waits. The head stays locked from the first of the two until the commit
 * is on disk, so the entries of a school are written one transaction after another.
 *
 * Two statements, because the MAC covers the hash before: an entry that is moved, left out or put in does not verify.
 */
export const appendActs =
  (master: Pick<MasterKey, 'auditKeyOf' | 'markOf'>): AppendActs =>
  async (run, schoolId, acts) => {
    const [head] = (await run('select * from sec.audit_begin()', [])) as Head[];
    if (!head) throw new Error('the audit chain has no head');
    const macOf = macMaker(master.auditKeyOf(schoolId));
    let seq = Number(head.seq);
    let hash = head.hash;
    const entries = acts.map((act) => {
      const { kind, area } = auditActions[act.action];
      const subjects = [...new Set(act.pupils ?? [])]
        .map((pupil) => master.markOf(schoolId, 'audit-subject', pupil))
        .sort();
      const entry = {
        schoolId,
        seq: (seq += 1),
        atUs: head.at_us,
        person: head.person,
        mark: head.mark,
        action: act.action,
        kind,
        area,
        code: act.code ?? '',
        why: act.why ?? '',
        purpose: act.purpose ?? '',
        resource: act.resource ?? '',
        subjects: subjects.join(','),
      };
      const text = entryText(entry);
      const mac = macOf(hash, text);
      hash = nextHash(hash, text, mac);
      return { ...entry, subjects, mac };
    });
    await run('select sec.audit_append($1, $2)', [{ list: entries }, hash]);
  };
