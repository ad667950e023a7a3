/** Every refusal the API can answer: status and words in both languages. All else is a bug and a 500 without a message. */
export const refusals = {
  'request.malformed-json': {
    status: 400,
    'zh-CN': '请求不是有效的 JSON',
    en: 'The request is not valid JSON',
  },
  'request.invalid': {
    status: 422,
    'zh-CN': '请检查填写的内容',
    en: 'Please check what was entered',
  },
  'request.version-missing': {
    status: 428,
    'zh-CN': '缺少 If-Match：请说明改的是哪一个版本',
    en: 'If-Match is missing: say which version is changed',
  },
  'request.version-old': {
    status: 412,
    'zh-CN': '别人刚刚改过，请看一下现在的内容再保存',
    en: 'Somebody else has changed this meanwhile; look at it as it is now and save again',
  },
  'request.too-large': { status: 413, 'zh-CN': '内容太大', en: 'The request is too large' },
  'request.unsupported-media-type': {
    status: 415,
    'zh-CN': '不支持这种内容类型',
    en: 'This content type is not accepted',
  },
  'origin.mismatch': {
    status: 403,
    'zh-CN': '请求来自其他网站，已拒绝',
    en: 'The request came from another site and was refused',
  },
  'session.required': { status: 401, 'zh-CN': '请先登录', en: 'Please sign in' },
  'session.invalid-credentials': {
    status: 401,
    'zh-CN': '学校、账号或密码不正确',
    en: 'School, account or password is not right',
  },
  'session.password-wrong': {
    status: 422,
    'zh-CN': '密码不正确',
    en: 'The password is not right',
  },
  'account.password-weak': {
    status: 422,
    'zh-CN':
      '这个密码太容易猜到：请不要用常见的密码、键盘顺序、年份，也不要用姓名、账号或学校的名字',
    en: 'This password is easy to guess: please use no common password, keyboard row or year, and not a name, the account or the school',
  },
  'session.second-factor-required': {
    status: 401,
    'zh-CN': '请先完成两步验证',
    en: 'Please complete two-step verification first',
  },
  'session.code-wrong': {
    status: 422,
    'zh-CN': '验证码不正确，或者已经用过',
    en: 'The code is not right, or was used already',
  },
  'session.proof-wrong': {
    status: 422,
    'zh-CN': '密码或验证码不正确（每个验证码只能用一次）',
    en: 'The password or the code is not right (each code is good once)',
  },
  'session.step-up-required': {
    status: 403,
    'zh-CN': '继续之前，请再次输入密码',
    en: 'Before this, please enter your password again',
  },
  'session.too-many-attempts': {
    status: 429,
    'zh-CN': '尝试次数过多，请稍后再试',
    en: 'Too many attempts, please wait a little',
  },
  'second-factor.not-asked': {
    status: 409,
    'zh-CN': '这次登录已经完成，不需要验证码',
    en: 'This sign-in is complete and needs no code',
  },
  'second-factor.not-set-up': {
    status: 409,
    'zh-CN': '没有设置两步验证',
    en: 'Two-step verification is not set up',
  },
  'second-factor.required': {
    status: 409,
    'zh-CN': '你的职责必须使用两步验证，不能关闭',
    en: 'Your role needs two-step verification; it cannot be turned off',
  },
  'resource.not-found': {
    status: 404,
    'zh-CN': '没有找到，或你无权查看',
    en: 'Not found, or not yours to see',
  },
  'action.not-allowed': {
    status: 403,
    'zh-CN': '你的职责不包括这项操作',
    en: 'Your role does not include this',
  },
  'erasure.already-requested': {
    status: 409,
    'zh-CN': '已经有人申请删除这名学生',
    en: 'Somebody has already asked for this pupil to be erased',
  },
  'erasure.same-person': {
    status: 409,
    'zh-CN': '申请人不能批准自己的申请，请由另一位负责人批准',
    en: 'Whoever asked cannot approve: another person must',
  },
  'erasure.not-yet': {
    status: 409,
    'zh-CN': '这名学生还有未完成的事项，暂时不能删除',
    en: 'Something about this pupil is not finished: they cannot be erased yet',
  },
  'erasure.already-done': {
    status: 409,
    'zh-CN': '已经删除',
    en: 'Already erased',
  },
  'idempotency.key-missing': {
    status: 400,
    'zh-CN': '缺少 Idempotency-Key',
    en: 'Idempotency-Key is missing',
  },
  'idempotency.payload-differs': {
    status: 422,
    'zh-CN': '同一个 Idempotency-Key 对应了不同的内容',
    en: 'The same Idempotency-Key came with other content',
  },
  'idempotency.in-progress': {
    status: 409,
    'zh-CN': '同一请求正在处理',
    en: 'The same request is being handled',
  },
  'service.unavailable': {
    status: 503,
    'zh-CN': '服务暂时不可用，请再试一次',
    en: 'The service is not available right now, please try again',
  },
  'internal.error': {
    status: 500,
    'zh-CN': '系统出错了，请再试一次，或当面告诉老师',
    en: 'Something went wrong on our side; please try again, or tell a teacher in person',
  },
  'monthly-report.already-submitted': {
    status: 409,
    'zh-CN': '这个月的月报表已经交过了',
    en: 'The report of this month was handed in already',
  },
  'monthly-report.month-not-open': {
    status: 422,
    'zh-CN': '这个月的月报表还不能填写',
    en: 'The report of this month cannot be filled in',
  },
  'monthly-report.no-seat': {
    status: 403,
    'zh-CN': '只有心理委员可以提交月报表',
    en: 'Only a committee member hands in a monthly report',
  },
  'observation.pupil-not-found': {
    status: 422,
    'zh-CN': '班级名单里没有这位同学',
    en: 'This pupil is not on the class list',
  },
  'observation.indicator-not-offered': {
    status: 422,
    'zh-CN': '这项表现不能由你上报',
    en: 'This sign is not one you report',
  },
  'observation.about-whom-missing': {
    status: 422,
    'zh-CN': '请选择这件事与谁有关',
    en: 'Please say whom this is about',
  },
  'observation.date-in-future': {
    status: 422,
    'zh-CN': '日期不能在今天之后，也不能早于一年前',
    en: 'The date cannot be after today or more than a year ago',
  },
  'alert.already-acknowledged': {
    status: 409,
    'zh-CN': '已经有人确认了这条预警',
    en: 'Somebody has acknowledged this alert already',
  },
  'alert.not-on-duty': {
    status: 403,
    'zh-CN': '只有负责人或值班人员可以确认',
    en: 'Only the holder or a person on duty acknowledges',
  },
  'cluster.not-on-duty': {
    status: 403,
    'zh-CN': '只有负责人或心理教师可以处理',
    en: 'Only the holder or a counsellor answers for this',
  },
  'cluster.already-acknowledged': {
    status: 409,
    'zh-CN': '已经有人接手',
    en: 'Somebody has taken this already',
  },
  'cluster.already-met': {
    status: 409,
    'zh-CN': '已经记录过这次碰头',
    en: 'The meeting was recorded already',
  },
  'alert.closed': {
    status: 409,
    'zh-CN': '这条预警已经结束',
    en: 'This alert is closed',
  },
  'alert.guardian-locked': {
    status: 409,
    'zh-CN': '告知家长前，需要心理老师和另一位老师先解除锁定',
    en: 'The guardian is told once the counsellor and one other person have cleared it',
  },
  'alert.not-acknowledged': {
    status: 409,
    'zh-CN': '先确认这条预警，再结束或降级',
    en: 'Acknowledge the alert first, then close or lower it',
  },
  'alert.not-lower': {
    status: 409,
    'zh-CN': '只能改成比现在低的颜色',
    en: 'The colour has to be lower than it is now',
  },
  'alert.not-locked': {
    status: 409,
    'zh-CN': '告知监护人没有被锁定',
    en: 'Telling the guardian is not locked',
  },
  'alert.proposal-waits': {
    status: 409,
    'zh-CN': '已有一项提议在等第二人意见',
    en: 'Something was proposed already and waits for a second person',
  },
  'alert.proposal-over': {
    status: 409,
    'zh-CN': '这项提议已经有了结果，或因为有新情况而失效',
    en: 'This was decided already, or something new came in between',
  },
  'alert.second-person': {
    status: 403,
    'zh-CN': '需要另一位有资格的人决定：不是提议人，也不是负责人',
    en: 'Another qualified person decides: not who proposed it, nor who holds the alert',
  },
  'alert.not-yours': {
    status: 403,
    'zh-CN': '只有提议人可以撤回',
    en: 'Only who proposed it may take it back',
  },
  'alert.report-not-made': {
    status: 409,
    'zh-CN': '强制报告还没有做：先报告并登记回执',
    en: 'The mandatory report was not made yet: report first and enter the receipt',
  },
  'alert.step-not-due': {
    status: 409,
    'zh-CN': '这一步现在不需要登记，或者已经登记过',
    en: 'This step is not asked for now, or was recorded already',
  },
  'outside-contact.too-many': {
    status: 409,
    'zh-CN': '校外联系人最多 20 位',
    en: 'There are 20 contacts outside at most',
  },
  'outside-contact.last': {
    status: 409,
    'zh-CN': '至少要保留一位校外联系人：请先添加另一位',
    en: 'One contact outside has to stay: name another first',
  },
  'drill.running': {
    status: 409,
    'zh-CN': '已有一次演练正在进行',
    en: 'A drill is running already',
  },
  'drill.over': {
    status: 409,
    'zh-CN': '这次演练已经结束',
    en: 'This drill is over',
  },
  'channel.too-many': {
    status: 409,
    'zh-CN': '通道最多 50 个',
    en: 'There are 50 channels at most',
  },
  'contact-point.code-wrong': {
    status: 422,
    'zh-CN': '验证码不正确、已过期，或试的次数太多：请重新发送',
    en: 'The code is not right, too old, or was tried too often: have a new one sent',
  },
  'grant-proposal.for-oneself': {
    status: 409,
    'zh-CN': '不能为自己申请授权',
    en: 'Nobody proposes a role for themselves',
  },
  'grant-proposal.exists': {
    status: 409,
    'zh-CN': '这项授权已经有了，或正在等待批准',
    en: 'This role is held or waiting for approval already',
  },
  'grant-proposal.same-person': {
    status: 409,
    'zh-CN': '提议人和被授权人都不能批准，请由另一位负责人决定',
    en: 'Neither whoever proposed it nor whoever gets it decides: another person must',
  },
  'grant-proposal.decided': {
    status: 409,
    'zh-CN': '已经有人作出决定，请刷新后再看',
    en: 'Somebody has decided already; please look again',
  },
  'grant-proposal.over': {
    status: 409,
    'zh-CN': '期限已过，或这名学生已不在该班，请重新提议',
    en: 'Its time is over, or the pupil is no longer in that class; please propose anew',
  },
  'grant-proposal.seat-taken': {
    status: 409,
    'zh-CN': '这个席位现在有人，请先结束前任的授权',
    en: 'Somebody holds this seat; end their role first',
  },
  'grant.over': {
    status: 409,
    'zh-CN': '这项授权已经结束',
    en: 'This role has ended already',
  },
  'grant.nobody-left': {
    status: 409,
    'zh-CN': '之后将没有人能管理账号、批准授权或查看全部预警，请先安排另一位',
    en: 'Nobody would be left who manages accounts, approves roles or sees every alert; appoint another first',
  },
  'exclusion.person-not-found': {
    status: 422,
    'zh-CN': '没有找到这位教职工',
    en: 'This member of staff was not found',
  },
  'exclusion.exists': {
    status: 409,
    'zh-CN': '这位教职工已经在回避名单里',
    en: 'This member of staff is kept away already',
  },
  'exclusion.nobody-left': {
    status: 409,
    'zh-CN': '回避之后没有心理教师能看到这位同学，请先增加一名心理教师',
    en: 'No counsellor would be left who sees this pupil; appoint another first',
  },
  'duty.person-not-found': {
    status: 422,
    'zh-CN': '没有找到这位教职工',
    en: 'This member of staff was not found',
  },
  'duty.listed-already': {
    status: 409,
    'zh-CN': '这位教职工在这段时间已经在这份名单里',
    en: 'This member of staff is on that list meanwhile already',
  },
  'duty.list-full': {
    status: 409,
    'zh-CN': '这份名单已经有 20 个人',
    en: 'There are 20 people on this list already',
  },
  'duty.over': {
    status: 409,
    'zh-CN': '这一班已经结束或已取消',
    en: 'This turn of duty is over, or was called off',
  },
  'duty.outside': {
    status: 422,
    'zh-CN': '代班的时间要在这一班之内，而且还没有过去',
    en: 'Standing in must lie within this turn of duty, and not in the past',
  },
  'calendar.terms-overlap': {
    status: 409,
    'zh-CN': '学期之间不能重叠',
    en: 'Terms may not overlap',
  },
  'calendar.term-not-found': {
    status: 422,
    'zh-CN': '没有找到这个学期',
    en: 'This term was not found',
  },
  'absence.over': {
    status: 409,
    'zh-CN': '这段不在校时间已经结束或已取消',
    en: 'This absence is over, or was called off',
  },
  'break-glass.already-open': {
    status: 409,
    'zh-CN': '你已经打开了一位学生的紧急查看，请先结束它',
    en: 'You have emergency access to a pupil open already; end it first',
  },
  'break-glass.own': {
    status: 403,
    'zh-CN': '自己打开的紧急查看，要由另一个人复核',
    en: 'Emergency access of your own is reviewed by somebody else',
  },
  'roster-import.unreadable': {
    status: 422,
    'zh-CN': '文件读不出来',
    en: 'The file cannot be read',
  },
  'roster-import.not-applicable': {
    status: 409,
    'zh-CN': '预览里还有错误，没有导入任何内容',
    en: 'The preview has errors; nothing was imported',
  },
  'roster-import.already-applied': {
    status: 409,
    'zh-CN': '这次导入已经完成',
    en: 'This import was applied already',
  },
  'roster-import.stale': {
    status: 409,
    'zh-CN': '名册在预览之后有了变化，请重新上传',
    en: 'The roster changed after the preview; please upload again',
  },
  'account.name-taken': {
    status: 409,
    'zh-CN': '这个账号名已被使用',
    en: 'This account name is taken',
  },
  'account.person-has-one': {
    status: 409,
    'zh-CN': '这个人已经有账号',
    en: 'This person has an account already',
  },
} as const satisfies Record<string, { status: number; 'zh-CN': string; en: string }>;

export type RefusalCode = keyof typeof refusals;
export type Locale = 'zh-CN' | 'en';

export interface FieldError {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** Thrown by use cases; the one error handler turns it into problem+json. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: RefusalCode;
  readonly extras: RefusalExtras;
  constructor(code: RefusalCode, extras: RefusalExtras = {}) {
    super(code);
    this.code = code;
    this.extras = extras;
  }
}

export interface RefusalExtras {
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  /** The current state, where the reader may see it. */
  readonly current?: unknown;
}

export const refuse = (code: RefusalCode, extras?: RefusalExtras): never => {
  throw new Refusal(code, extras);
};
