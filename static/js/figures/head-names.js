// What heads are called. Pure.

import { t } from '../language/messages.js';

const KINDS = { encoder: t('encoder'), decoder: t('decoder'), cross: t('cross') };

/** A kind of attention in words. @param {string} kind */
export const kindText = (kind) => KINDS[kind] ?? kind;

/** @typedef {{layer: number, head: number}} Place */

/** A head as a title: 'Layer 3, head 1'. @param {Place} place */
export const headTitle = ({ layer, head }) => t('Layer {layer}, head {head}', { layer, head });

/** The same within a sentence. @param {Place} place */
export const headPhrase = ({ layer, head }) => t('layer {layer}, head {head}', { layer, head });

/**
 * The short name: '3-1', or with its kind 'cross 3-1'.
 * @param {Place & {kind?: string|null}} head @param {boolean} [ofKind]
 */
export const shortName = ({ kind, layer, head }, ofKind = false) =>
  ofKind && kind ? `${kindText(kind)} ${layer}-${head}` : `${layer}-${head}`;

/**
 * Where a head stands: 'layer 3 head 1'.
 * @param {{kind?: string, layer: number, head: number}} head
 */
export const headPlace = ({ kind, layer, head }) =>
  kind === 'cross'
    ? t('cross layer {layer} head {head}', { layer, head })
    : t('layer {layer} head {head}', { layer, head });
