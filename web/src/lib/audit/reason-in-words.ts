import type { Role } from '@shaodian/rules';
import type { Words } from '#lib/words/index.ts';
import type { OfficeWords } from '#lib/words/office-zh-cn.ts';

/** The reason an entry keeps, such as `homeroom_teacher:12`, as a role in words. The number of the class says nothing to a reader. */
export function reasonInWords(why: string, words: Words, { audit }: OfficeWords): string {
  const [role = ''] = why.split(':');
  if (role === 'holder' || role === 'on_red_duty' || role === 'break_glass' || role === 'own')
    return audit.reasons[role];
  return words.roles[role as Role] ?? why;
}
