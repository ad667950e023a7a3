import type { Colour } from '@shaodian/rules';
import type { Locale } from '../http/refusals.ts';

/** What a message says: one of these, and no word more. */
export const messageKinds = [
  'alert_to_acknowledge',
  'alert_to_review',
  'alert_to_know',
  'alert_step_overdue',
  'alert_outside',
  'cluster_to_answer',
  'digest',
  'canary',
  'test',
  'proof',
  'drill',
] as const;
export type MessageKind = (typeof messageKinds)[number];

const colours: Record<Locale, Record<Colour, string>> = {
  'zh-CN': { blue: '蓝色', yellow: '黄色', orange: '橙色', red: '红色' },
  en: { blue: 'blue', yellow: 'yellow', orange: 'orange', red: 'red' },
};

const a = (colour: string): string => (colour === 'orange' ? `An ${colour}` : `A ${colour}`);

type Say = (colour: string, count: number) => readonly [title: string, text: string];

const words: Record<Locale, Record<MessageKind, Say>> = {
  'zh-CN': {
    alert_to_acknowledge: (colour) => [`一条${colour}预警等您确认`, '请登录后查看并确认。'],
    alert_to_review: (colour) => [`一条${colour}预警需要人来看`, '请登录后查看。'],
    alert_to_know: (colour) => [`有一条${colour}预警，请您知晓`, '请登录后查看。'],
    alert_step_overdue: (colour) => [`一条${colour}预警有一步超时`, '请登录后查看。'],
    alert_outside: (colour) => [
      `学校有一条${colour}预警，校内无人应答`,
      '请联系学校值班人员或校领导，确认已有人处理。',
    ],
    cluster_to_answer: (colour) => [
      `几位同学连在一起的一条${colour}预警等您处理`,
      '请登录后查看、确认，并在期限前开会。',
    ],
    digest: (_colour, count) => [`有 ${count} 条预警等您查看`, '请登录后查看。'],
    canary: () => ['通道例行检查', '这是每天一次的检查，不需要处理。'],
    test: () => ['测试消息', '收到这条消息，说明这个通道可以使用。'],
    proof: () => ['确认这个联系方式', '请把验证码填到“我的”页面。'],
    drill: (colour) => [`演练：一条${colour}预警等您确认`, '这是演练。请登录后按平时的做法确认。'],
  },
  en: {
    alert_to_acknowledge: (colour) => [
      `${a(colour)} alert awaits you`,
      'Please sign in and acknowledge it.',
    ],
    alert_to_review: (colour) => [
      `${a(colour)} alert needs somebody to look at it`,
      'Please sign in.',
    ],
    alert_to_know: (colour) => [
      `${a(colour)} alert was raised; you are informed`,
      'Please sign in.',
    ],
    alert_step_overdue: (colour) => [
      `A step of ${a(colour).toLowerCase()} alert is overdue`,
      'Please sign in.',
    ],
    alert_outside: (colour) => [
      `${a(colour)} alert at the school: nobody there answers`,
      'Please reach the person on duty or the school leader, and make sure that somebody acts.',
    ],
    cluster_to_answer: (colour) => [
      `${a(colour)} alert about several pupils together awaits you`,
      'Please sign in, acknowledge it, and meet before its time.',
    ],
    digest: (_colour, count) => [
      count === 1 ? 'One alert awaits you' : `${count} alerts await you`,
      'Please sign in.',
    ],
    canary: () => ['Routine check of this channel', 'Sent once a day; nothing to do.'],
    test: () => ['Test message', 'If you read this, the channel works.'],
    proof: () => ['Confirm this address', 'Please enter the code on your own page.'],
    drill: (colour) => [
      `Drill: ${a(colour).toLowerCase()} alert awaits you`,
      'This is a drill. Please sign in and acknowledge as you always would.',
    ],
  },
};

/** Title and text. Nothing about anybody can be put in: there is no place for it. */
export function messageWords(
  kind: MessageKind,
  colour: Colour,
  locale: Locale,
  count = 1,
): { readonly title: string; readonly text: string } {
  const [title, text] = words[locale][kind](colours[locale][colour], count);
  return { title, text };
}
