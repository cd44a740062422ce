package org.dlora.cluster.requests;

import org.dlora.cluster.adapters.AdapterChoice;

/**
 * What a shadow is to answer.
 *
 * @param alias of the client's request, empty for the adapter's name alone
 * @param choice the shadow's version
 * @param prompt token ids, as the shadow's chat template makes them
 */
public record ShadowRequest(String alias, AdapterChoice choice, int[] prompt) {}
