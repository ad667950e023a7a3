import type { Role } from '@shaodian/rules';

/** A role of staff and where it holds, from a form whose scope is written "class:3", "grade:1" or "". */
export function grantOf(role: Role, scope: string) {
  const id = Number(scope.split(':')[1]);
  if (role === 'homeroom_teacher') return { role, classId: id };
  if (role === 'grade_head') return { role, gradeId: id };
  return { role };
}
