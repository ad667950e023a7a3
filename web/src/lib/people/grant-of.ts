import type { Role } from '#lib/api/shapes.ts';

/** A grant from a form, whose scope is written as "school", "grade:1" or "class:3". */
export function grantOf(role: Role, scope: string) {
  const [kind = 'school', id] = scope.split(':');
  return { role, scope: { kind, id: id === undefined ? null : Number(id) } };
}
