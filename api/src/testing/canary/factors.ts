import type { Canaries } from './canaries.ts';
import { enrol, keepCodes } from './enrol.ts';
import type { CanarySchool, PersonName } from './school.ts';
import type { Visitor } from './visitor.ts';

/** Everything that is done with second factors, each time with the password and a recovery code. */
export async function useFactors(school: CanarySchool, canaries: Canaries): Promise<void> {
  const { people, passwords } = school;
  const { admin, counsellor, leader, officer, teacher, head } = people;
  const proof = (who: Visitor) => ({
    password: passwords[who.name as PersonName],
    ...(who.codes.length > 0 ? { code: who.codes.pop() } : {}),
  });
  for (const who of [admin, counsellor, leader, officer, teacher, head])
    await enrol(who, canaries, proof(who));
  await enrol(counsellor, canaries, proof(counsellor));
  const fresh = await counsellor.post<{ recoveryCodes: string[] }>(
    '/account/second-factor/recovery-codes',
    proof(counsellor),
  );
  keepCodes(counsellor, canaries, fresh.recoveryCodes);
  await teacher.post('/account/second-factor/end', proof(teacher));
  const { items } = await admin.get<{ items: { id: string; account: string }[] }>(
    '/accounts?limit=200',
  );
  const ofHead = items.find((one) => one.account === head.account)?.id;
  await admin.post(`/accounts/${ofHead}/second-factor/reset`, proof(admin));
  await signIn(school, head);
  await counsellor.ask('DELETE', '/session');
  await signIn(school, counsellor);
}

/** With the password, and a recovery code where one is asked for. */
export async function signIn({ code, passwords }: CanarySchool, who: Visitor): Promise<void> {
  const password = passwords[who.name as PersonName];
  const answer = await who.post<{ needs?: 'code' | 'enrolment' }>('/session', {
    ...{ school: code, account: who.account, password },
  });
  if (answer.needs === 'code') await who.post('/session/second-factor', { code: who.codes.pop() });
}
