import { crc32 } from 'node:zlib';

export interface PlacedText {
  text: string;
  /** From the left and from the bottom of the page, in points. */
  x: number;
  y: number;
  size?: number;
  /** In a font of an encoding that nobody knows. */
  isBroken?: boolean;
}

/** A PDF with each text at its place. */
export function buildPlacedPdf(pages: PlacedText[][]): Buffer {
  return buildPages(
    pages.map((texts) =>
      texts
        .map(({ text, x, y, size = 10, isBroken = false }) => {
          return `BT /${isBroken ? 'F2' : 'F1'} ${size} Tf ${x} ${y} Td (${escapePdf(text)}) Tj ET`;
        })
        .join('\n'),
    ),
    {},
  );
}

/** A PDF with these lines on each page; `encrypted` makes one that asks for a password nobody knows. */
export function buildPdf(pages: string[][], options: { encrypted?: boolean; title?: string } = {}): Buffer {
  const shown = (lines: string[]) => lines.map((line) => `(${escapePdf(line)}) Tj T*`).join('\n');
  return buildPages(
    pages.map((lines) => `BT /F1 12 Tf 14 TL 72 720 Td\n${shown(lines)}\nET`),
    options,
  );
}

function escapePdf(text: string): string {
  return text.replace(/[()\\]/g, '\\$&');
}

const BROKEN_FONT =
  '<< /Type /Font /Subtype /Type0 /BaseFont /Nothing /Encoding /Nowhere-H /DescendantFonts [<< /Type /Font ' +
  '/Subtype /CIDFontType0 /BaseFont /Nothing /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 0 >> ' +
  '/FontDescriptor << /Type /FontDescriptor /FontName /Nothing /Flags 4 >> >>] >>';

function buildPages(pages: string[], options: { encrypted?: boolean; title?: string }): Buffer {
  const fontId = 3 + pages.length * 2;
  const kids = pages.map((_, n) => `${3 + n * 2} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    ...pages.flatMap((stream, n) => {
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${4 + n * 2} 0 R ` +
          `/Resources << /Font << /F1 ${fontId} 0 R /F2 ${BROKEN_FONT} >> >> >>`,
        `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
      ];
    }),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Title (${options.title ?? ''}) >>`,
  ];
  const lock = '00'.repeat(32);
  const encrypt = `/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <${lock}> /U <${lock}> >> /ID [<00> <00>]`;
  return writePdf(objects, options.encrypted ? encrypt : '');
}

function writePdf(objects: string[], trailer: string): Buffer {
  let text = '%PDF-1.4\n';
  const offsets = objects.map((body, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${body}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const start = text.length;
  const size = objects.length + 1;
  text += `xref\n0 ${size}\n0000000000 65535 f \n${offsets.join('')}`;
  text += `trailer << /Size ${size} /Root 1 0 R /Info ${objects.length} 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const TYPES = 'http://schemas.openxmlformats.org/package/2006/content-types';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE_RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const OFFICE = `${OFFICE_RELATIONS}/officeDocument`;

/** A Word document of these paragraphs; `style` is a name such as `Heading1`. */
export function buildDocx(paragraphs: { style?: string; text: string }[]): Buffer {
  const body = paragraphs.map(({ style, text }) => {
    const look = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : '';
    return `<w:p>${look}<w:r><w:t>${text}</w:t></w:r></w:p>`;
  });
  return buildWordFile({ document: `<w:body>${body.join('')}</w:body>` });
}

/** A Word document of these parts, each without its outermost element. */
export function buildWordFile(parts: {
  document: string;
  styles?: string;
  numbering?: string;
  footnotes?: string;
}): Buffer {
  const named = Object.entries(parts);
  const kind = (name: string) => `application/vnd.openxmlformats-officedocument.wordprocessingml.${name}+xml`;
  const overrides = named.map(([name]) => {
    const type = kind(name === 'document' ? 'document.main' : name);
    return `<Override PartName="/word/${name}.xml" ContentType="${type}"/>`;
  });
  const relations = named
    .filter(([name]) => name !== 'document')
    .map(([name]) => `<Relationship Id="${name}" Type="${OFFICE_RELATIONS}/${name}" Target="${name}.xml"/>`);
  return buildZip({
    '[Content_Types].xml':
      `<Types xmlns="${TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
      `${overrides.join('')}</Types>`,
    '_rels/.rels': `<Relationships xmlns="${RELATIONS}"><Relationship Id="r1" Type="${OFFICE}" Target="word/document.xml"/></Relationships>`,
    'word/_rels/document.xml.rels': `<Relationships xmlns="${RELATIONS}">${relations.join('')}</Relationships>`,
    ...Object.fromEntries(named.map(([name, xml]) => [`word/${name}.xml`, `<w:${name} ${W}>${xml}</w:${name}>`])),
  });
}

/** A zip archive without compression. */
function buildZip(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), content]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, place, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, entries, end]);
}
