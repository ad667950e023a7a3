export const shell = {
  product: '哨点',
  tagline: '学生心理关怀与预警',
  skip: '跳到正文',
  demo: '演示 · 人物均为虚构',
  menu: '主要栏目',
  theme: '明暗',
  themes: { system: '跟随设备', light: '浅色', dark: '深色' },
  actingAs: '当前身份',
  switchRole: '切换',
  signOut: '退出登录',
  nav: {
    report: '填写',
    alerts: '预警',
    board: '总览',
    pupils: '同学',
    duty: '值班',
    roster: '名册',
    accounts: '账号',
    grants: '授权',
    audit: '审计',
    'break-glass': '紧急查看',
    help: '求助',
    me: '我的',
  },
  back: { home: '返回首页' },
};

export const ui = {
  charactersLeft: (left: number) => `还可以写 ${left} 字`,
  none: '没有',
  listMark: '、',
  search: '搜索',
  more: '下一页',
  first: '回到第一页',
  cancel: '取消',
  confirm: '确定',
  chartData: '图中的数字',
  offline: '没有网络。现在发送不了，请直接去找大人。',
  inAbout: (span: string) => `（约 ${span}后）`,
  notSent: '没有发出去',
  notSentText: '网络断了或系统没有回应，内容还在这一页。请再试一次；着急的事，直接去找大人。',
  checkFields: '有几处需要改一下',
  fieldFaults: {
    too_small: '没有填，或者太短了',
    too_big: '太长了',
    invalid_type: '请填写这一项',
    invalid_value: '请选一项',
    invalid_format: '格式不对',
    custom: '请检查这一项',
  },
};

export const dates = {
  monthDay: (month: number, day: number) => `${month}月${day}日`,
  month: (month: number) => `${month}月`,
  yearMonth: (year: number, month: number) => `${year}年${month}月`,
  weekOf: (day: string) => `${day}那一周`,
  minutes: (n: number) => `${n} 分钟`,
  hours: (n: number) => `${n} 小时`,
  days: (n: number) => `${n} 天`,
};

export const errors = {
  title: {
    403: '不能这样操作',
    404: '没有找到',
    429: '太频繁了',
    503: '系统暂时不可用',
    other: '出了点问题',
  },
  text: {
    403: '这一步没有通过检查。请回到上一页再试一次。',
    404: '这一页不存在，或者不属于你能看到的范围。',
    429: '请过一会儿再试。',
    503: '请稍等片刻再试。',
    other: '不是你的操作有误。请再试一次，还不行就告诉学校管理员。',
  },
  urgent: '着急的事不要等：去找身边的大人，或者拨打 120、110、12356。',
};

export const sexes = { female: '女', male: '男', unknown: '未填' };
