import type { types } from '@slack/bolt';
import type { PlaceSettings } from '../../core/places/place-settings.ts';
import { plain } from './answer-blocks.ts';

export const SETTINGS_VIEW = 'place_settings';
const INSTRUCTIONS_LENGTH = 2000;

const OPTIONS = {
  isEnabled: { text: plain('Answer here'), value: 'isEnabled' },
  withoutMention: {
    text: plain('Answer every message, also without a mention'),
    value: 'withoutMention',
  },
  isSharingAllowed: {
    text: plain('Answer although other organisations read along (Slack Connect)'),
    description: plain('From public documents only'),
    value: 'isSharingAllowed',
  },
};

/** @param channel null for the whole workspace */
export function settingsModal(settings: PlaceSettings, channel: string | null): types.ModalView {
  const offered = [OPTIONS.isEnabled, OPTIONS.withoutMention, ...(channel === null ? [] : [OPTIONS.isSharingAllowed])];
  const chosen = [
    ...(settings.isEnabled ? [OPTIONS.isEnabled] : []),
    ...(settings.mentionNeeded ? [] : [OPTIONS.withoutMention]),
    ...(channel !== null && settings.extra.isSharingAllowed === true ? [OPTIONS.isSharingAllowed] : []),
  ];
  return {
    type: 'modal',
    callback_id: SETTINGS_VIEW,
    private_metadata: JSON.stringify({ channel }),
    title: plain(channel === null ? 'Workspace settings' : 'Channel settings'),
    submit: plain('Save'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'input',
        block_id: 'switches',
        optional: true,
        label: plain(channel === null ? 'In this workspace' : 'In this channel'),
        element: {
          type: 'checkboxes',
          action_id: 'value',
          options: offered,
          ...(chosen.length > 0 && { initial_options: chosen }),
        },
      },
      {
        type: 'input',
        block_id: 'instructions',
        optional: true,
        label: plain('Instructions'),
        hint: plain('How to answer here, in your own words.'),
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          multiline: true,
          max_length: INSTRUCTIONS_LENGTH,
          ...(settings.instructions !== '' && { initial_value: settings.instructions.slice(0, INSTRUCTIONS_LENGTH) }),
        },
      },
      {
        type: 'input',
        block_id: 'model',
        optional: true,
        label: plain('Model'),
        hint: plain('Name of another language model; empty for the usual one.'),
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          max_length: 100,
          ...(settings.model !== null && { initial_value: settings.model }),
        },
      },
    ],
  };
}

/** The values of a submitted view, by block and action. */
export type ViewValues = Record<
  string,
  Record<string, { value?: string | null; selected_options?: { value: string }[] | null }>
>;

/** What was chosen in the modal. Sharing is asked for a channel only, not for the whole workspace. */
export function parseSettings(values: ViewValues, channel: string | null): Partial<PlaceSettings> {
  const chosen = new Set((values.switches?.value?.selected_options ?? []).map((option) => option.value));
  const model = values.model?.value?.value?.trim() ?? '';
  return {
    isEnabled: chosen.has('isEnabled'),
    mentionNeeded: !chosen.has('withoutMention'),
    instructions: values.instructions?.value?.value?.trim() ?? '',
    model: model === '' ? null : model,
    ...(channel !== null && { extra: { isSharingAllowed: chosen.has('isSharingAllowed') } }),
  };
}
