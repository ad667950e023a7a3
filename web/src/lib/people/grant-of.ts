import type { Role } from '@shaodian/rules';
import type { ClassRow } from '#lib/api/shapes.ts';

/** The roles of staff that a form offers. Committee seats and experts come by ways of their own. */
export const staffRoles: readonly Role[] = [
  'homeroom_teacher',
  'grade_head',
  'counsellor',
  'lead_counsellor',
  'school_leader',
  'data_protection_officer',
  'administrator',
];

/** Where a role may hold, written "class:3", "grade:1" or "". */
export function scopesOf(role: string, classes: readonly ClassRow[], wholeSchool: string) {
  if (role === 'homeroom_teacher')
    return classes.map(({ id, name }) => ({ value: `class:${id}`, label: name }));
  if (role !== 'grade_head') return [{ value: '', label: wholeSchool }];
  const grades = new Map(classes.map(({ grade }) => [grade.id, grade.name]));
  return [...grades].map(([id, label]) => ({ value: `grade:${id}`, label }));
}

/** A role of staff and where it holds, from a form whose scope is written "class:3", "grade:1" or "". */
export function grantOf(role: Role, scope: string) {
  const id = Number(scope.split(':')[1]);
  if (role === 'homeroom_teacher') return { role, classId: id };
  if (role === 'grade_head') return { role, gradeId: id };
  return { role };
}
