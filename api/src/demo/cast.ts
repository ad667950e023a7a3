import type { Role } from '@shaodian/rules';

/** Everybody here is invented. One set of people for the demo, the tests and the browser tests. */
export const demoPassword = 'shaodian-demo';

export interface CastMember {
  readonly school: 'jiangpan' | 'qinghe';
  readonly account: string;
  readonly role: Role;
  /** Staff are found by number; committee members by class and seat. */
  readonly person:
    { readonly staffNo: string } | { readonly className: string; readonly seat: 'A' | 'B' };
  /** Why this person is in the cast. */
  readonly story: { readonly 'zh-CN': string; readonly en: string };
}

export const cast: readonly CastMember[] = [
  {
    school: 'jiangpan',
    account: 'weiyuan-a',
    role: 'committee_member',
    person: { className: '七(1)班', seat: 'A' },
    story: {
      'zh-CN': '七(1)班心理委员（女生席）。上个月的月报表还没交；随时可以上报一次观察。',
      en: 'Committee member of 七(1)班 (seat A). Last month’s report is still to hand in; may report an observation on any day.',
    },
  },
  {
    school: 'jiangpan',
    account: 'weiyuan-b',
    role: 'committee_member',
    person: { className: '七(1)班', seat: 'B' },
    story: {
      'zh-CN': '七(1)班心理委员（男生席）。按时交了月报表，一位同学的情况已有老师回应。',
      en: 'Committee member of 七(1)班 (seat B). Handed in on time; an adult has answered about one classmate.',
    },
  },
  {
    school: 'jiangpan',
    account: 'banzhuren',
    role: 'homeroom_teacher',
    person: { staffNo: 'T002' },
    story: {
      'zh-CN': '七(1)班班主任。有一条蓝色预警等待确认。新的上报会实时出现。',
      en: 'Homeroom teacher of 七(1)班. One blue alert is waiting; new ones appear live.',
    },
  },
  {
    school: 'jiangpan',
    account: 'banzhuren-2',
    role: 'homeroom_teacher',
    person: { staffNo: 'T003' },
    story: {
      'zh-CN': '七(2)班班主任。看不到七(1)班的任何预警。',
      en: 'Homeroom teacher of 七(2)班. Sees nothing of 七(1)班.',
    },
  },
  {
    school: 'jiangpan',
    account: 'nianji',
    role: 'grade_head',
    person: { staffNo: 'T001' },
    story: {
      'zh-CN': '七年级年级主任。看得到本年级各班的预警；一条黄色的正等着您。',
      en: 'Head of grade 7. Sees the alerts of the grade’s classes; a yellow one waits.',
    },
  },
  {
    school: 'jiangpan',
    account: 'xinli',
    role: 'lead_counsellor',
    person: { staffNo: 'T118' },
    story: {
      'zh-CN': '心理教师，负责全校预警，今天值班，也是红色值班表第一位。',
      en: 'Psychology teacher, leads the counselling; on duty today and first on the red list.',
    },
  },
  {
    school: 'jiangpan',
    account: 'zixun',
    role: 'counsellor',
    person: { staffNo: 'T119' },
    story: {
      'zh-CN': '心理咨询师（兼职），红色值班表第三位。',
      en: 'Part-time counsellor, third on the red list.',
    },
  },
  {
    school: 'jiangpan',
    account: 'deyu',
    role: 'school_leader',
    person: { staffNo: 'T123' },
    story: {
      'zh-CN': '德育主任，红色值班表第二位。从全校看板看到每条橙色和红色预警的进展。',
      en: 'Moral-education director, second on the red list. Follows every orange and red alert on the board.',
    },
  },
  {
    school: 'jiangpan',
    account: 'xiaozhang',
    role: 'school_leader',
    person: { staffNo: 'T121' },
    story: {
      'zh-CN':
        '校长，不在值班表上。看全校看板；有一项身份授权等待批准；紧急时打开一位学生的预警原因，由别人复核。',
      en: 'Principal, on no duty list. Sees the board; one role waits for approval; in an emergency opens the reasons of one pupil, which others review.',
    },
  },
  {
    school: 'jiangpan',
    account: 'admin',
    role: 'administrator',
    person: { staffNo: 'T124' },
    story: {
      'zh-CN': '管理员。导入花名册、管理账号、提议身份；看不到任何心理健康内容。',
      en: 'Administrator. Imports the roster, manages accounts and proposes roles; sees no wellbeing content.',
    },
  },
  {
    school: 'jiangpan',
    account: 'baohu',
    role: 'data_protection_officer',
    person: { staffNo: 'T122' },
    story: {
      'zh-CN': '数据保护负责人。看不到预警和观察；查审计记录和谁有什么身份，复核每一次紧急查看。',
      en: 'Data-protection officer. Sees no alert and no observation; checks the audit and who holds which role, and reviews every emergency access.',
    },
  },
  {
    school: 'qinghe',
    account: 'weiyuan-a',
    role: 'committee_member',
    person: { className: '七(1)班', seat: 'A' },
    story: { 'zh-CN': '另一所学校的心理委员。', en: 'A committee member of the other school.' },
  },
  {
    school: 'qinghe',
    account: 'banzhuren',
    role: 'homeroom_teacher',
    person: { staffNo: 'Q001' },
    story: {
      'zh-CN': '另一所学校的班主任：两所学校互不可见。',
      en: 'A homeroom teacher of the other school: neither school sees the other.',
    },
  },
  {
    school: 'qinghe',
    account: 'xinli',
    role: 'lead_counsellor',
    person: { staffNo: 'Q002' },
    story: { 'zh-CN': '另一所学校的心理教师。', en: 'The counsellor of the other school.' },
  },
  {
    school: 'qinghe',
    account: 'admin',
    role: 'administrator',
    person: { staffNo: 'Q003' },
    story: { 'zh-CN': '另一所学校的管理员。', en: 'The administrator of the other school.' },
  },
];
