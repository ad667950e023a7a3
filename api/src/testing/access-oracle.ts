import type { Role } from '@shaodian/rules';
import type { Context } from '../db/context.ts';
import type { Circle, Condition, Reach, Rules } from './access-table.ts';

/** Someone who asks in SQL, and the roles that they are known to hold now; written by hand, not read from the grants. */
export interface AccessActor {
  readonly name: string;
  readonly context: Context | null;
  readonly roles: readonly {
    readonly role: Role;
    readonly classId?: number;
    readonly gradeId?: number;
  }[];
  readonly onRedDuty: boolean;
  /** Pupils whom the person is kept away from now. */
  readonly excludedFrom: readonly string[];
  /** Pupils for whom the person has broken the glass now. */
  readonly openedFor: readonly string[];
  /** The committee seat held now. */
  readonly seat: { readonly classId: number; readonly seat: 'A' | 'B' } | null;
}

/** A row with everything that the access table asks about it; null where a row has no such thing. */
export interface AccessRow {
  readonly key: string;
  readonly school: number;
  readonly grade: number | null;
  readonly class: number | null;
  readonly person: string | null;
  readonly pupil: string | null;
  /** Everybody whom the row is about, where they are several. */
  readonly members: readonly string[] | null;
  readonly mark: string | null;
  readonly holder: string | null;
  readonly colour: string | null;
  readonly tier: string | null;
  readonly closed: boolean | null;
  readonly about_staff: boolean | null;
  readonly from_staff: boolean | null;
  readonly yellow: boolean | null;
  readonly fresh: boolean | null;
  readonly seat: string | null;
  readonly granted_by: string | null;
  readonly acknowledged_by: string | null;
  readonly kind: string | null;
  readonly area: string | null;
  readonly stuck: boolean | null;
  /** Of a proposed role: no school leader who can sign in is free to decide about it. */
  readonly no_leader: boolean | null;
  /** The alert, and the report or break-glass, that the row is a part of. */
  readonly alert: string | null;
  readonly report: string | null;
  readonly from_peer: boolean | null;
  /** Who broke the glass that the row is about. */
  readonly opener: string | null;
}

const personOf = (actor: AccessActor) =>
  actor.context?.kind === 'person' ? actor.context.personId : undefined;
const markOf = (actor: AccessActor) =>
  actor.context?.kind === 'person' ? actor.context.mark : undefined;

/** What the password was given again for, while that counts. */
const purposeOf = (actor: AccessActor) => {
  const claims = actor.context?.kind === 'person' ? actor.context.steppedUp : null;
  return claims && claims.until > new Date() ? claims.purpose : undefined;
};

type Grant = AccessActor['roles'][number] | undefined;

const reaches: Record<Reach, (actor: AccessActor, row: AccessRow, grant: Grant) => boolean> = {
  school: () => true,
  grade: (_, row, grant) => row.grade !== null && row.grade === grant?.gradeId,
  class: (_, row, grant) => row.class !== null && row.class === grant?.classId,
  own: (actor, row) => row.person !== null && row.person === personOf(actor),
  written: (actor, row) => row.mark !== null && row.mark === markOf(actor),
  acted: (actor, row) =>
    (row.person !== null && row.person === personOf(actor)) ||
    (row.mark !== null && row.mark === markOf(actor)),
  held: (actor, row) => row.holder !== null && row.holder === personOf(actor),
  opened: (actor, row) => row.pupil !== null && actor.openedFor.includes(row.pupil),
  pupil: (actor, row) =>
    actor.context?.kind === 'evaluation' && row.pupil === actor.context.pupilId,
};

const holds: Record<Condition, (actor: AccessActor, row: AccessRow) => boolean> = {
  'not about staff': (_, row) => row.about_staff === false,
  'from staff': (_, row) => row.from_staff === true,
  'alert yellow or higher': (_, row) => row.yellow === true,
  'orange, red or tier school': (_, row) =>
    row.colour === 'orange' || row.colour === 'red' || row.tier === 'school',
  red: (_, row) => row.colour === 'red',
  'not closed': (_, row) => row.closed === false,
  'within 48 h': (_, row) => row.fresh === true,
  'not own': (actor, row) => row.person !== personOf(actor),
  own: (actor, row) => row.person !== null && row.person === personOf(actor),
  'own mark': (actor, row) => row.mark !== null && row.mark === markOf(actor),
  'holds a seat': (actor, row) => actor.seat !== null && actor.seat.classId === row.class,
  'of a read': (_, row) => row.kind === 'read',
  'of the system': (_, row) => row.area === 'system',
  'granted by oneself': (actor, row) => row.granted_by === personOf(actor),
  'not granted by oneself': (actor, row) => row.granted_by !== personOf(actor),
  'of a seat': (_, row) => row.seat !== null,
  'of no seat': (_, row) => row.seat === null,
  'of an expert': (_, row) => row.kind === 'expert',
  'of a seat, or no leader can': (_, row) => row.seat !== null || row.no_leader === true,
  stuck: (_, row) => row.stuck === true,
  'about an alert': (_, row) => row.alert !== null,
  'about no alert': (_, row) => row.colour === null,
  'stepped up': (actor) => ![undefined, 'break_glass'].includes(purposeOf(actor)),
  'stepped up to break the glass': (actor) => purposeOf(actor) === 'break_glass',
  'about no break-glass': (_, row) => row.opener === null,
  'not opened by oneself': (actor, row) => row.opener !== null && row.opener !== personOf(actor),
  'acknowledged by oneself': (actor, row) =>
    row.acknowledged_by !== null && row.acknowledged_by === personOf(actor),
  'not excluded': (actor, row) =>
    ![row.pupil, ...(row.members ?? [])].some(
      (pupil) => pupil !== null && actor.excludedFrom.includes(pupil),
    ),
};

/** Every circle the actor stands in, with the grant that puts them there. */
function circlesOf(actor: AccessActor): readonly (readonly [Circle, Grant])[] {
  if (!actor.context) return [];
  if (actor.context.kind === 'evaluation')
    return [
      ['everybody', undefined],
      ['evaluation', undefined],
    ];
  if (actor.context.kind === 'system')
    return [
      ['everybody', undefined],
      ['system', undefined],
    ];
  return [
    ['everybody', undefined],
    ['oneself', undefined],
    ['addressee', undefined],
    ...(actor.openedFor.length > 0 ? [['broken_glass', undefined] as const] : []),
    ...(actor.onRedDuty ? [['red_duty', undefined] as const] : []),
    ...actor.roles.map((grant) => [grant.role, grant] as const),
  ];
}

/** Whether the actor stands in a circle at all, whatever it reaches. */
export const stands = (actor: AccessActor, circle: Circle): boolean =>
  circlesOf(actor).some(([name]) => name === circle);

/** The circles through which the access table lets the actor reach one row. */
export function circlesThatReach(
  rules: Rules | undefined,
  actor: AccessActor,
  row: AccessRow,
): Circle[] {
  if (!rules || row.school !== actor.context?.schoolId) return [];
  return circlesOf(actor).flatMap(([circle, grant]) => {
    const rule = rules[circle];
    if (!rule) return [];
    const [reach, ...conditions] = rule;
    const reached =
      reaches[reach](actor, row, grant) &&
      conditions.every((condition) => holds[condition](actor, row));
    return reached ? [circle] : [];
  });
}

/** What the access table says about one row. */
export const isAllowed = (rules: Rules | undefined, actor: AccessActor, row: AccessRow): boolean =>
  circlesThatReach(rules, actor, row).length > 0;
