/** What it can do, in one screen. */
export function slackHelp(assistantName: string): string {
  return `**${assistantName} answers questions from your documents and says where it read it.**

- **In a channel:** mention me with your question; I answer in the thread. Mention me again there to go on.
- **Only for you:** \`/ask your question\`. *Share with channel* shows the answer to everybody.
- **In private:** write me a direct message, or open me from the top bar.
- **About a message:** choose *Ask about this* in its ⋮ menu.
- **Files:** send images or text files up to 100 kB along.
- **Your chats:** \`/ask chats\` shows them, wherever they began, to go on here; \`/ask chats ferry\` looks for *ferry* in them.
- **About you:** \`/account\` says who you are here and what it took; \`/wallet\`, what you can spend; \`/forget\` erases all of it, after asking.
- **Words I know:** \`stop\` ends an answer, \`new chat\` forgets what was said, \`help\` shows this.
- **Below an answer:** 👍 or 👎, *Try again*, *New chat*, *Why?*, and the sources.
- **The same chats on the website:** \`/link\` (or \`/ask link\`) links your account there.
- **Admins:** \`/ask settings\` sets what I do in a channel; my *Home* tab, what I do in the workspace.

I do not see group messages I am not part of: add me to the conversation first. Answers are written by a machine; the sources tell.`;
}
