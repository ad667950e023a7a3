import { defaultAcknowledge } from '../alerts/default-acknowledge.ts';
import type { Due, Duration, LaterSteps } from '../alerts/policy.ts';
import type {
  AboutWhom,
  AlertStatus,
  AskingCode,
  Audience,
  ClockKey,
  Colour,
  Domain,
  HolderKey,
  HowOften,
  IndicatorTier,
  KnownBy,
  NextStep,
  Role,
  RuleId,
  Seat,
  SinceWhen,
  SourceKind,
  Tier,
} from '../vocabulary.ts';

const minutes = (count: number): string =>
  count % 60 === 0 ? `${count / 60} 小时` : `${count} 分钟`;

function howLong(duration: Duration): string {
  switch (duration.kind) {
    case 'elapsed':
      return `${minutes(duration.minutes)}内`;
    case 'school-days':
      return `${duration.days} 个上学日内`;
    case 'school-hours-or-elapsed':
      return `${duration.schoolHours} 个在校小时或 ${minutes(duration.minutes)}内，以先到的为准`;
  }
}

function due(by: Due): string {
  switch (by.kind) {
    case 'elapsed-before-leaving-school':
      return `${minutes(by.minutes)}内，并且在离校之前`;
    case 'school-days-after-assessment':
      return `评估确认后 ${by.days} 个上学日内`;
    case 'in-the-plan':
      return '按计划里写的日子';
    case 'as-useful':
      return '需要时';
    default:
      return howLong(by);
  }
}

const clock = (key: ClockKey): string => howLong(defaultAcknowledge[key]);

/** What the rules say, in Chinese. English has the same keys, and the compiler holds it to them. */
export const zhCn = {
  colours: {
    blue: { name: '蓝色', meaning: '平时多关心' },
    yellow: { name: '黄色', meaning: '这几天' },
    orange: { name: '橙色', meaning: '今天' },
    red: { name: '红色', meaning: '立即' },
  } satisfies Record<Colour, { name: string; meaning: string }>,

  tiers: { class: '班级', grade: '年级', school: '学校' } satisfies Record<Tier, string>,

  roles: {
    committee_member: '心理委员',
    pupil: '学生',
    homeroom_teacher: '班主任',
    mentor: '导师',
    mentor_lead: '导师负责人',
    grade_head: '年级主任',
    counsellor: '心理教师',
    lead_counsellor: '心理教师负责人',
    school_leader: '学校领导',
    data_protection_officer: '个人信息保护负责人',
    expert: '校外专家',
    administrator: '系统管理员',
    district_viewer: '区级查看人员',
  } satisfies Record<Role, string>,

  holders: {
    red_duty: '红色预警值班人员',
    counsellor_on_duty: '值班心理教师',
    grade_head: '年级主任',
    homeroom_teacher: '班主任',
  } satisfies Record<HolderKey, string>,

  domains: {
    'self-harm': '想伤害自己',
    mood: '情绪',
    anxiety: '紧张和害怕',
    health: '身体和睡眠',
    social: '和同学相处',
    bullying: '被欺负或欺负人',
    'abuse-neglect': '受到伤害或没人照顾',
    eating: '吃饭和体重',
    perception: '想法和感觉跟平时不一样',
    online: '手机和网络',
    'family-event': '家里或身边的大事',
    learning: '学习和出勤',
    substance: '烟酒和药物',
    violence: '冲突和危险物品',
    protective: '好的变化和支持',
    coverage: '了解得够不够',
    worry: '很担心',
  } satisfies Record<Domain, string>,

  indicatorTiers: {
    observe: '先留意',
    concern: '需要关心',
    serious: '严重',
    emergency: '紧急',
    protective: '好的变化和支持',
    coverage: '不了解',
  } satisfies Record<IndicatorTier, string>,

  audiences: { peer: '同学', staff: '教职工' } satisfies Record<Audience, string>,

  sourceKinds: {
    peer: '同学',
    staff: '教职工',
    counsellor: '心理教师',
    pupil: '学生本人',
    guardian: '家长',
    screening: '筛查',
  } satisfies Record<SourceKind, string>,

  knownBy: {
    seen: '亲眼看到或听到的',
    told_by_pupil: '他/她自己说的',
    told_by_others: '别人说的',
  } satisfies Record<KnownBy, string>,

  /** What a form asks beside a sign: a box to tick. */
  conditions: {
    BUL03: '涉及私密的照片或视频',
    PSY01: '声音叫他/她去伤害别人',
    LEA02: '没有请假，已经缺了 3 个上学日或更多',
  } satisfies Record<AskingCode, string>,

  sinceWhen: {
    today: '今天',
    this_week: '这一周',
    this_month: '这个月',
    longer: '更久以前',
    unknown: '不清楚',
  } satisfies Record<SinceWhen, string>,

  howOften: {
    once: '一次',
    several: '几次',
    often: '经常',
    unknown: '不清楚',
  } satisfies Record<HowOften, string>,

  aboutWhom: {
    family: '家里人',
    school_staff: '学校的老师或职工',
    classmate: '同学',
    online_or_outside: '网上或校外的人',
    unknown: '不清楚',
  } satisfies Record<AboutWhom, string>,

  alertStatuses: {
    open: '等待确认',
    acknowledged: '已确认',
    closed: '已关闭',
  } satisfies Record<AlertStatus, string>,

  seats: { A: '女生席', B: '男生席' } satisfies Record<Seat, string>,

  nextSteps: {
    go_to_pupil: '我现在就去学生身边',
    call_guardian_or_110: '我现在打电话：家长或 110',
    talk_today: '我今天和学生谈',
    talk_within_three_days: '我三天内和学生谈',
    hand_to_counsellor: '我转给心理教师',
    other: '其他做法',
  } satisfies Record<NextStep, string>,

  rules: {
    R1: '有紧急的表现：不管是谁说的，一次就要马上行动。',
    R2: '有严重的表现，需要学校马上知道。',
    R3: '有严重的表现，需要心理教师来看。',
    R4: '不止一个人各自注意到需要关心的表现，或一个人注意到三种不同的表现。',
    R5: '两个月内，在三个不同的方面都有需要关心的表现。',
    R6: '同一种轻微的变化连续两次月报都出现，或一个月里出现三种轻微的变化。',
    R7: '身边刚发生大事，情绪或交往又有需要关心的表现：颜色提高一档，最高到橙色。',
    R9: '至少有一种需要关心的表现。',
    R10: '他/她自己说想找人谈谈。',
  } satisfies Record<RuleId, string>,

  /** How long until somebody must have answered, for any policy. */
  howLong,

  /** The same for the default policy. */
  clocks: {
    red: clock('red'),
    'orange-immediate': clock('orange-immediate'),
    orange: clock('orange'),
    help: clock('help'),
    yellow: clock('yellow'),
    blue: clock('blue'),
  } satisfies Record<ClockKey, string>,

  /** The steps after somebody answered; the guardian's only while the notice is not locked. */
  laterSteps: {
    withPupil: '有大人陪在学生身边',
    assess: '做评估、定计划',
    team: '帮扶小组碰头',
    guardian: '告诉家长（没有写“先不要通知家长”时）',
  } satisfies Record<keyof LaterSteps, string>,

  /** By when a later step is due, for any policy. */
  due,

  /** For the adult who stands in a corridor with a phone in the hand. */
  whatToDo: {
    red: [
      '现在就到学生身边，或先打通他/她的电话；找不到人就打 110。',
      '不要让学生一个人待着；有生命危险先打 120 或 110，再叫心理教师。',
      '告诉家长之前，先看这条预警有没有写“先不要通知家长”。',
    ],
    orange: [
      '尽快见到学生本人，最晚在他/她离校之前。',
      '平静地听，不追问细节，也不追问是谁说的；不答应“谁也不告诉”。',
      '和心理教师一起定下一步；情况变紧急，就按红色处理。',
    ],
    yellow: [
      '这几天找个安静的地方，和学生聊一聊近况。',
      '和班主任、心理教师对一下各自看到的，定好谁来跟进。',
      '情况变严重，马上告诉心理教师，不用等。',
    ],
    blue: [
      '找个平常的机会，单独问问他/她最近怎么样。',
      '多听少评价，不当着同学的面谈。',
      '觉得更担心了，就写一条观察，或直接找心理教师。',
    ],
  } satisfies Record<Colour, [string, string, string]>,

  /** For a child who has just seen or heard something dangerous. */
  emergency: {
    title: '现在就去找大人',
    lines: [
      '马上去找最近的老师或其他大人，当面说。',
      '不要一个人担着这件事，也不要答应替谁保密。',
      '有人拿着刀或别的危险东西，或者在楼边、窗边、水边：不要靠近，退到安全的地方再叫大人。',
      '你已经做了该做的事，接下来由大人来做。',
    ],
    numbers: [
      { number: '120', use: '急救：有人受伤、昏倒，或吃了不该吃的药' },
      { number: '110', use: '报警：有人有危险、要伤人，或者找不到人' },
      { number: '12356', use: '心理援助热线：心里难受，想找人说说' },
    ],
  },

  /** What this tool is not. */
  notThis: {
    title: '这个工具不做什么',
    lines: [
      '不做诊断：这里只记看到和听到的，是不是生病由医生判断。',
      '不打分：没有风险分数，也不给同学排名。',
      '不贴标签：我们说“需要关心的同学”，关心的是人，不是“问题”。',
      '不代替人：系统只会提醒，怎么帮由老师和学生一起决定。',
      '不用来处分：写下的内容不进评比，也不进纪律处理。',
    ],
  },

  /** A rule that fired, with the signs it stood on. */
  reason: (rule: string, signs: readonly string[]): string =>
    `${rule}留意到的表现：${signs.join('；')}。`,

  /** What it would be without some signs. That lowers nothing: only a person lowers. */
  withoutSigns: (signs: readonly string[], colour: string | null): string =>
    `${colour === null ? '不会有这条预警' : `这条预警会是${colour}`}，如果没有留意到：${signs.join('；')}。`,
};

/** The shape both languages share. */
export type RulesWords = typeof zhCn;
