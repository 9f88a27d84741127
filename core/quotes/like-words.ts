import { termsOf } from '../retrieval/sparse-encoding.ts';

/**
 * English words that people use for one another when they ask for something and when they write it down. General words
 * of help pages only: what a team calls its things stands in its documents. What stands after `>` is written for what is
 * asked with the words before it, but not the other way round.
 */
const GROUPS = `
address url uri link endpoint
connection > url address
admin administrator owner manager lead boss
allow permit permission may permitted allowed forbid
answer reply respond response
app application
crawl fetch
arrive delivery deliver ship shipping dispatch send sent parcel package post postage
ask question query request
automatic automatically itself
backup back copy restore
bill billing invoice receipt
break broken damage damaged defect defective faulty
buy purchase order
bulb lamp light
cancel cancellation terminate withdraw stop
change alter edit modify adjust configure > set
cheap expensive cost price pay payment charge fee
clean cleaning wash rinse
clear empty
colour color shade
company business firm
connect > connection join integrate integration add invite link install
integrate integration > connect connection
contact > reach phone telephone call email mail service
phone telephone call
email mail
support > service helpline hotline
copy duplicate
instance replica process
crash die fail failure fault error
create make new
customer client
data information
database postgresql postgres
day daily
delete erase remove forget wipe
device computer laptop
dimension size measurement width height
disable deactivate > off
discount reduction rebate coupon
discard dispose disposal throw recycle
documentation handbook manual guide
docs documents document
doctor note certificate
earn salary wage
enable activate > on
export download
fast quick speed
file format
fix mend repair solve
capacity fit hold contain
travel trip journey train ticket flight
food lunch meal eat canteen
free gratis > nothing
friend colleague buddy
garden outdoor outside outdoors
guarantee warranty guaranteed
heavy weight weigh
holiday vacation leave
home remote remotely
ill sick illness sickness
import load
install installation setup > set start run
issue problem trouble wrong
key token secret credential
keep store retain kept stored save
language translate translation german french spanish
late delay overdue
limit maximum max cap quota ceiling > most
log login sign signin
lost stolen missing lose steal
loud noise noisy
marry wedding marriage
money refund back
mother father parent parental
name > called
network wifi wireless wlan
often frequency frequently every interval
old used
open opening hour close closed
monday tuesday wednesday thursday friday saturday sunday weekday weekend
gift voucher coupon
password passphrase
people person user member staff employee
picture image photo
place where location
power electricity watt energy
private privacy confidential
program software code sdk library
prohibit forbid
public everybody everyone anyone
purge delete
rate limit
repository source code
require required need prerequisite requirement
reset restore
return send
role rank
room meeting
run start launch
safe secure security
schedule planned plan
search find look
see visible read view access
server > machine
share shared
shop store workshop showroom
show display
site website page
sleep standby asleep
spare part replacement
stock available availability
stop end quit
switch change
synchronise sync synchronisation refresh update
take last
theme look appearance style
time duration
top recharge credit
upgrade update migrate
vat tax
version release
visitor guest
`;

const alike = new Map<string, ReadonlySet<string>>();
for (const line of GROUPS.split('\n')) {
  const [asked = [], written = []] = line
    .split(' > ')
    .map((words) => words.split(' ').flatMap((word) => [...termsOf(word, ['en'])]));
  for (const term of asked) alike.set(term, new Set([...(alike.get(term) ?? []), ...asked, ...written]));
}

const NONE: ReadonlySet<string> = new Set();

/** The terms that may stand for one of these; those themselves included. */
export function likeTerms(terms: Iterable<string>): ReadonlySet<string> {
  let found = NONE;
  for (const term of terms) {
    const group = alike.get(term);
    if (group) found = found.size === 0 ? group : new Set([...found, ...group]);
  }
  return found;
}
