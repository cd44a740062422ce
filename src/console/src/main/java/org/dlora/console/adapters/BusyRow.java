package org.dlora.console.adapters;

/**
 * An adapter that has work, with its requests from the reading that the sums above are made of.
 *
 * @param running unfinished requests on the replicas
 * @param waiting requests that wait for a load
 */
record BusyRow(ListedAdapter adapter, int running, int waiting) {}
