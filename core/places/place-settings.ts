/** What the admins of a place decide about the assistant there. */
export interface PlaceSettings {
  isEnabled: boolean;
  /** Whether only messages that mention the assistant are meant for it. */
  mentionNeeded: boolean;
  /** Added to the operator's instructions. */
  instructions: string;
  /** Name of another model than the operator's default. */
  model: string | null;
  /** What only one platform knows, such as Twitch's cooldowns; its bot alone knows the shape. */
  extra: Record<string, unknown>;
}

const DEFAULT_PLACE_SETTINGS: PlaceSettings = {
  isEnabled: true,
  mentionNeeded: true,
  instructions: '',
  model: null,
  extra: {},
};

/** The narrower place decides where it has an opinion; each entry of `extra` is a setting of its own. */
export function mergePlaceSettings({
  space,
  channel,
}: {
  space: Partial<PlaceSettings>;
  channel: Partial<PlaceSettings>;
}): PlaceSettings {
  return { ...DEFAULT_PLACE_SETTINGS, ...space, ...channel, extra: { ...space.extra, ...channel.extra } };
}
