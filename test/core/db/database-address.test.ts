import { describe, expect, it } from 'vitest';
import { findAddressProblem, readDatabaseAddress } from '../../../core/db/database-address.ts';

describe('the address of a database', () => {
  it.each([
    [
      'postgres://a:b@db.example.com/parley',
      { host: 'db.example.com', port: 5432, user: 'a', password: 'b', database: 'parley' },
    ],
    ['postgresql://a:b%40c%2F@db:6432/my%20chat', { host: 'db', port: 6432, password: 'b@c/', database: 'my chat' }],
    ['postgres://a@db', { user: 'a', database: 'a' }],
    ['postgres://a:b@[::1]:5433/parley', { host: '::1', port: 5433 }],
    ['postgres://a:b@/parley?host=/run/postgresql', { host: '/run/postgresql', database: 'parley', ssl: false }],
    ['postgres://a:b@%2Frun%2Fpostgresql:5433/parley', { host: '/run/postgresql', port: 5433 }],
    ['postgres:///parley?host=/run/postgresql&user=a&port=5434', { host: '/run/postgresql', port: 5434, user: 'a' }],
    ['postgres://a:b@db/parley?options=-c%20search_path%3Dchat', { options: '-c search_path=chat' }],
    ['postgres://a:b@db/parley?connect_timeout=3', { connectionTimeoutMillis: 3000 }],
    ['postgres://a:b@db/parley?sslmode=disable', { ssl: false }],
    ['postgres://a:b@db/parley?sslmode=require', { ssl: { rejectUnauthorized: false } }],
    ['postgres://a:b@db/parley?sslmode=no-verify', { ssl: { rejectUnauthorized: false } }],
    ['postgres://a:b@db/parley?sslmode=verify-full', { ssl: { rejectUnauthorized: true } }],
    ['postgres://a:b@db/parley?ssl=true', { ssl: { rejectUnauthorized: true } }],
    ['postgres://a:b@10.0.0.7/parley?sslmode=verify-full', { ssl: { rejectUnauthorized: true, host: '10.0.0.7' } }],
    ['postgres://a:b@db/parley?sslrootcert=system', { ssl: { rejectUnauthorized: true } }],
  ])('%s is understood', (url, client) => {
    expect(readDatabaseAddress(url).client).toMatchObject(client);
  });

  it('has the search_path that it asks for', () => {
    const url = 'postgres://a:b@db/parley?options=-c%20search_path%3Dchat,public%20-c%20statement_timeout%3D5s';

    expect(readDatabaseAddress(url).searchPath).toBe('chat,public');
  });

  it.each([
    ['mysql://a:b@db/parley', 'must be an address like'],
    ['postgres://a:b@db:port/parley', 'must be an address like'],
    ['postgres://a:b@db:70000/parley', 'must be an address like'],
    ['postgres://a:b@one,two:5433/parley', 'names several hosts (one, two)'],
    ['postgres://a:b@/parley?host=one,two&port=5432,5433', 'names several hosts (one, two)'],
    ['postgres://a:b@db/parley?sslmode=yes', 'has an unknown sslmode'],
    ['postgres://a:b@db/parley?sslmode=require&sslrootcert=system', 'sslmode=verify-full only'],
    ['postgres://a:b@db/parley?sslcert=/a.pem', 'needs sslcert and sslkey together'],
  ])('%s is refused in words', (url, words) => {
    expect(findAddressProblem(url)).toContain(words);
    expect(findAddressProblem(url)).not.toContain('a:b');
  });
});
