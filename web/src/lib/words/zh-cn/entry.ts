export const signIn = {
  title: '登录',
  lead: '心理委员和老师从这里进入。',
  school: '学校',
  chooseSchool: '请选择学校',
  account: '账号',
  password: '密码',
  submit: '登录',
  noSchool: '这里还没有学校。第一次使用，请先建立学校。',
  toSetup: '建立学校',
  demoTitle: '选一位演示人物进入',
  demoLead: '点一下就进入。人物和内容都是编的，可以随便试。',
  privacyTitle: '这里写下的内容',
  privacy: [
    '只给负责照顾同学的老师看，不用于评比和处分。',
    '系统不打分，不贴标签，也不做诊断。',
    '着急的事不要等系统：去找身边的大人。',
  ],
};

export const stepUp = {
  title: '请再输入一次密码',
  text: '这一步涉及特别敏感的内容，先确认是你本人。10 分钟内有效，会写进审计记录。',
  purpose: '这次是为了',
  purposeIs: (purpose: string) => `这次是为了：${purpose}`,
  holds: (purpose: string) => `你刚才确认过密码，这几分钟里不再问。目的：${purpose}`,
  purposes: {
    urgent_help: '紧急帮助学生',
    follow_up: '跟进学生情况',
    verify_report: '核实上报内容',
    data_request: '处理数据请求',
    break_glass: '紧急查看',
    approve_grants: '批准身份授权',
  },
  password: '密码',
  submit: '确认并继续',
};

export const setup = {
  title: '第一次使用：建立学校',
  lead: '填好学校和管理员账号。名册、班级和老师之后再导入。',
  school: '学校',
  schoolName: '学校名称',
  schoolCode: '学校代码',
  schoolCodeHint: '登录时使用的英文小写代码，例如 jiangpan',
  administrator: '管理员',
  administratorHint: '管理账号和名册，看不到任何心理方面的内容。',
  leadCounsellor: '心理教师（负责人）',
  leadHint:
    '排好值班表之前，预警先由这位老师负责。之后的每个身份都要两个人：管理员提议，学校领导批准；还没有学校领导时由这位老师批准。',
  name: '姓名',
  account: '账号',
  password: '密码',
  passwordHint: '至少 10 个字符',
  submit: '建立学校',
  done: '学校建好了，请用管理员账号登录。',
};
