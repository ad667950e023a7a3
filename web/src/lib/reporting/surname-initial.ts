/** The first character of each pinyin initial, in the collation order of Chinese. */
const firstOf = {
  A: '阿',
  B: '八',
  C: '嚓',
  D: '哒',
  E: '妸',
  F: '发',
  G: '旮',
  H: '哈',
  J: '丌',
  K: '咔',
  L: '垃',
  M: '妈',
  N: '拿',
  O: '噢',
  P: '妑',
  Q: '七',
  R: '呥',
  S: '仨',
  T: '他',
  W: '穵',
  X: '夕',
  Y: '丫',
  Z: '匝',
} as const;

/** Surnames that are read differently from the same character elsewhere. */
const readAsSurname: Record<string, string> = {
  曾: 'Z',
  单: 'S',
  解: 'X',
  仇: 'Q',
  查: 'Z',
  区: 'O',
  覃: 'Q',
  翟: 'Z',
  尉: 'Y',
  朴: 'P',
  盖: 'G',
  冼: 'X',
  佘: 'S',
  缪: 'M',
};

const pinyin = new Intl.Collator('zh-Hans-u-co-pinyin');

/** The letter under which a name is listed: the pinyin initial of the surname, or '#'. */
export function surnameInitial(name: string): string {
  const first = [...name.trim()][0] ?? '';
  if (/[a-z]/i.test(first)) return first.toUpperCase();
  const fixed = readAsSurname[first];
  if (fixed) return fixed;
  if (!/\p{Script=Han}/u.test(first)) return '#';
  const letters = Object.entries(firstOf).filter(([, mark]) => pinyin.compare(mark, first) <= 0);
  return letters.at(-1)?.[0] ?? '#';
}
