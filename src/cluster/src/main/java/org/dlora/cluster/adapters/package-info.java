/**
 * Registrations of adapters as replicas serve them: what the cluster asks of those who know names
 * and versions, and the placer of copies.
 */
@NullMarked
package org.dlora.cluster.adapters;

import org.jspecify.annotations.NullMarked;
