// What heads are called. Pure.

import { t } from '../language/messages.js';

const KINDS = { encoder: t('encoder'), decoder: t('decoder'), cross: t('cross') };

/** A kind of attention in words. @param {string} kind */
export const kindText = (kind) => KINDS[kind] ?? kind;

/**
 * Where a head stands: 'layer 3 head 1'.
 * @param {{kind?: string, layer: number, head: number}} head
 */
export const headPlace = ({ kind, layer, head }) =>
  kind === 'cross'
    ? t('cross layer {layer} head {head}', { layer, head })
    : t('layer {layer} head {head}', { layer, head });
