import { z } from 'zod';
import type { ProfileReader } from '../ports/profile-reader.ts';
import { createProfileApi, ifThere } from './profile-api.ts';
import { fact, quoted } from './profile-markdown.ts';

const text = z.string().nullish();
const userShape = z.object({
  login: z.string(),
  bio: text,
  company: text,
  location: text,
  blog: text,
  public_repos: z.number().nullish(),
});
const repositoryShape = z.object({
  name: z.string(),
  description: text,
  language: text,
  stargazers_count: z.number().default(0),
  private: z.boolean().default(false),
  fork: z.boolean().default(false),
});
const MOST_REPOSITORIES = 100;

/** Bio and public repositories: https://docs.github.com/en/rest */
export function createGitHubProfile({ baseUrl }: { baseUrl: string }): ProfileReader {
  const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
  const asPerson = createProfileApi({ name: 'GitHub', baseUrl, headers });
  return {
    provider: 'github',
    title: 'Your GitHub profile: you, your code and your repositories',
    reads: 'Your bio, company and location, and your public repositories.',
    // All of it is public.
    scopes: [],

    async read(accessToken, { signal }) {
      const api = asPerson(accessToken, { signal });
      const user = await api.get('/user', userShape);
      const owned = `type=owner&sort=pushed&per_page=${MOST_REPOSITORIES}`;
      const path = `/users/${encodeURIComponent(user.login)}/repos?${owned}`;
      const all = await ifThere(api.get(path, z.array(repositoryShape)));
      const repositories = (all ?? []).filter((repository) => !repository.private);
      const about = [
        ...fact('You are known there as', [quoted(user.login)]),
        ...fact('What you say about yourself (bio)', given(user.bio)),
        ...fact('The company you work at', given(user.company)),
        ...fact('Where you are (location)', given(user.location)),
        ...fact('Your website', given(user.blog)),
        ...fact('Programming languages of your repositories, most used first', languagesOf(repositories)),
      ];
      return `${about.join('\n')}\n\n## Your repositories and projects, those you worked on last first\n\n${
        repositories.map(toLine).join('\n') || 'You have no public repositories.'
      }\n`;
    },
  };
}

function given(value: string | null | undefined): string[] {
  return value ? [quoted(value)] : [];
}

function languagesOf(repositories: z.output<typeof repositoryShape>[]): string[] {
  const counts = new Map<string, number>();
  for (const { language, fork } of repositories) {
    if (language && !fork) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([language]) => quoted(language));
}

function toLine({
  name,
  description,
  language,
  stargazers_count: stars,
  fork,
}: z.output<typeof repositoryShape>): string {
  const details = [
    ...(language ? [quoted(language)] : []),
    ...(stars > 0 ? [`${stars} ${stars === 1 ? 'star' : 'stars'}`] : []),
    ...(fork ? ['a fork'] : []),
  ];
  return `- ${quoted(name)}${details.length > 0 ? ` (${details.join(', ')})` : ''}${description ? `: ${quoted(description)}` : ''}`;
}
