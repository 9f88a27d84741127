/** The word for no model in particular: the router chooses. */
export const AUTO = 'auto';

export interface FixedModel {
  /** `auto`, an id of the catalogue, or a name at the operator's server. */
  id: string;
  /** Who fixed it, in words for people; null where nobody did. */
  reason: string | null;
}

interface Wishes {
  place: { isPrivate: boolean; model?: string };
  /** What the person who asks has chosen for themselves. */
  ofPerson: string | null;
  /** The operator's. */
  usual: string;
}

/**
 * Whose wish counts: where others read along, that of the place's admins comes before that of the person; in private it
 * is the other way round. Nobody's means the operator's.
 */
export function findFixedModel({ place, ofPerson, usual }: Wishes): FixedModel {
  const byPlace = place.model ? { id: place.model, reason: 'The admins of this place have chosen this model.' } : null;
  const byPerson = ofPerson ? { id: ofPerson, reason: 'Whoever asked has chosen this model.' } : null;
  const wish = place.isPrivate ? (byPerson ?? byPlace) : (byPlace ?? byPerson);
  return wish ?? { id: usual, reason: null };
}
