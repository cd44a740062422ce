/**
 * Samples of each replica in each of the last 300 seconds, for pictures of the cluster. One thread
 * takes them from values that exist; nothing here decides, and no step waits for it.
 */
@NullMarked
package org.dlora.cluster.samples;

import org.jspecify.annotations.NullMarked;
