import { type CommandLine, EXIT } from '../command-line.ts';

/** `parley slack-manifest`: for "Create an app from a manifest" in Slack. */
export async function slackManifestCommand(line: CommandLine): Promise<number> {
  line.print(JSON.stringify(line.slackManifest(), null, 2));
  return EXIT.done;
}
