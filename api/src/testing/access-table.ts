import { readFileSync } from 'node:fs';
import { z } from '@hono/zod-openapi';
import { roles } from '@shaodian/rules';
import type { Role } from '@shaodian/rules';

/**
 * The access table of the product as data: `api/access/tables.json`, table by table of the database, and
 * `api/access/design.json`, the cells of the design that it comes from. Here are the words the data may use.
 *
 * A right reads "this circle of readers reaches the rows of this reach, where all of the conditions hold".
 * Who is not named reaches nothing. A person reaches what any of their roles and circumstances reach.
 */
const circumstances = [
  /** Everybody signed in, and the rules while they judge. */
  'everybody',
  /** What holds for a person without any role: their own rows. */
  'oneself',
  /** On the red duty list now, whatever their role. */
  'red_duty',
  /** What holds for anybody to whom something is addressed. */
  'addressee',
  /** Who has broken the glass for a pupil, while it lasts. */
  'broken_glass',
  /** The rules, judging one pupil. */
  'evaluation',
  /** The API itself, for one school. */
  'system',
] as const;
export type Circle = Role | (typeof circumstances)[number];

const reaches = [
  /** The classes, the grade or the whole school that the grant is for. */
  'class',
  'grade',
  'school',
  /** Rows that name the person. */
  'own',
  /** Rows that carry the person's reporter mark. */
  'written',
  /** Rows that name the person, or carry their mark. */
  'acted',
  /** Alerts that the person holds. */
  'held',
  /** Rows about a pupil for whom the person has broken the glass. */
  'opened',
  /** Rows about the pupil who is judged. */
  'pupil',
] as const;
export type Reach = (typeof reaches)[number];

const conditions = [
  'not about staff',
  'from staff',
  'alert yellow or higher',
  'orange, red or tier school',
  'red',
  'not closed',
  'within 48 h',
  'not own',
  'own',
  'own mark',
  'holds a seat',
  'of a read',
  'of the system',
  'granted by oneself',
  'not granted by oneself',
  /** A committee seat, or a role of staff. */
  'of a seat',
  'of no seat',
  'of an expert',
  /** A seat, or a role about which no school leader who can sign in may decide. */
  'of a seat, or no leader can',
  'stuck',
  'about an alert',
  'about no alert',
  'acknowledged by oneself',
  /** Nothing keeps the person away from the pupil. */
  'not excluded',
  'stepped up',
  'stepped up to break the glass',
  'about no break-glass',
  'not opened by oneself',
] as const;
export type Condition = (typeof conditions)[number];

export type Rules = Readonly<Partial<Record<Circle, readonly [Reach, ...Condition[]]>>>;

export const rulesSchema: z.ZodType<Rules> = z.partialRecord(
  z.enum([...roles, ...circumstances]),
  z.tuple([z.enum(reaches)], z.enum(conditions)),
);

const eventKinds = ['with_pupil', 'acknowledged', 'raised', 'step_done', 'reported'] as const;

const tableSchema = z.strictObject({
  /** The resource of the design that the table belongs to; null for what the design does not name. */
  of: z.string().nullable(),
  why: z.string(),
  /** A circle that reaches more than its cell of the design says, and the reason. */
  beyond: z.partialRecord(z.enum(roles), z.string()).optional(),
  see: rulesSchema,
  insert: rulesSchema.optional(),
  insertOfKind: z.record(z.enum(eventKinds), rulesSchema).optional(),
  update: rulesSchema.optional(),
  delete: rulesSchema.optional(),
});

export const accessFile = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../access/${name}`, import.meta.url), 'utf8'));

export const accessTables = z
  .strictObject({ about: z.string(), tables: z.record(z.string(), tableSchema) })
  .parse(accessFile('tables.json')).tables;

const rightsOf = (command: 'see' | 'insert' | 'update' | 'delete') =>
  Object.fromEntries(
    Object.entries(accessTables).flatMap(([name, table]) => {
      const rules = table[command];
      return rules ? [[name, rules] as const] : [];
    }),
  );

/** Which rows a person sees. */
export const maySee: Readonly<Record<string, Rules>> = rightsOf('see');

/** Which new rows a person may write. */
export const mayInsert: Readonly<Record<string, Rules>> = rightsOf('insert');

/** Which rows a person may change, in the columns that may be changed at all. */
export const mayUpdate: Readonly<Record<string, Rules>> = rightsOf('update');

/** Which rows a person may delete. */
export const mayDelete: Readonly<Record<string, Rules>> = rightsOf('delete');

/** The kinds of alert events have writers of their own. */
export const mayInsertEvent: Readonly<Partial<Record<(typeof eventKinds)[number], Rules>>> =
  accessTables['alert_events']?.insertOfKind ?? {};
