import { channelConfigSchema } from '../channels/channel.ts';
import type { ChannelConfig } from '../channels/channel.ts';
import type { MasterKey } from '../crypto/master-key.ts';
import { sealText, unsealText } from '../crypto/seal.ts';

const placeOf = (schoolId: number, id: string) => ({
  table: 'channels',
  column: 'config',
  row: id,
  schoolId,
});

/** Addresses and secrets of a channel, as they are stored. */
export function sealConfig(master: MasterKey, schoolId: number, id: string, config: ChannelConfig) {
  const kek = master.kekOf(schoolId);
  return {
    kek_id: kek.id,
    config: sealText(JSON.stringify(config), kek, placeOf(schoolId, id)),
  };
}

/** @throws UnsealError */
export function openConfig(
  master: MasterKey,
  schoolId: number,
  row: { readonly id: string; readonly kek_id: string; readonly config: Buffer },
): ChannelConfig {
  const kek = master.kekById(schoolId, row.kek_id);
  return channelConfigSchema.parse(
    JSON.parse(unsealText(row.config, kek, placeOf(schoolId, row.id))),
  );
}
