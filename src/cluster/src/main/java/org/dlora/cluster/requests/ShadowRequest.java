package org.dlora.cluster.requests;

import org.dlora.cluster.adapters.AdapterChoice;

/**
 * Request of a shadow: its version and prompt.
 *
 * @param alias of the client's request, empty for the adapter's name alone
 * @param choice the shadow's version
 * @param prompt token ids, as the shadow's chat template makes them
 */
public record ShadowRequest(String alias, AdapterChoice choice, int[] prompt) {}
