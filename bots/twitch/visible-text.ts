/** Drawn as a gap, and appended like the others; between letters of Braille it is their space. */
const BRAILLE_GAPS = /(?<![\u2801-\u28FF])\u2800+|\u2800+(?![\u2801-\u28FF])/gu;

/**
 * Where what nobody sees belongs to what it stands beside: flags of regions, parts of one emoji, the form of a sign, and
 * joiners, marks and forms within the scripts that are written with them. Latin is not, so that none hides in a command.
 */
const MEANT = [
  String.raw`\u{1F3F4}[\u{E0020}-\u{E007E}]+\u{E007F}`,
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic})`,
  String.raw`(?<=[\p{Extended_Pictographic}\p{S}[\p{L}--\p{Script=Latin}]])[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]`,
  String.raw`(?<=[0-9#*])\uFE0F(?=\u20E3)`,
  String.raw`(?<=[\p{M}[\p{L}--\p{Script=Latin}]])[\u200C\u200D](?=[\p{M}[\p{L}--\p{Script=Latin}]])`,
  String.raw`(?<=\p{M})\u200D`,
  String.raw`(?<=\p{M})\u034F(?=\p{M})`,
  String.raw`(?<=\p{Script=Mongolian})[\u180B-\u180F]`,
].join('|');

const UNSEEN = new RegExp(String.raw`(${MEANT})|[\p{Default_Ignorable_Code_Point}\p{Cc}]`, 'gv');

/**
 * A chat message as people read it. Clients append code points that nobody sees to what is said again, because Twitch
 * drops the same text twice.
 */
export function toVisibleText(text: string): string {
  return text
    .replace(UNSEEN, (_found, meant: string | undefined) => meant ?? '')
    .replace(BRAILLE_GAPS, ' ')
    .trim();
}
