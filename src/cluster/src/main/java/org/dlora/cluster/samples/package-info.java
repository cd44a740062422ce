/**
 * What each replica did in each of the last 300 seconds, for pictures of the cluster. One thread
 * fills it from values that exist; nothing here decides, and no step waits for it.
 */
@NullMarked
package org.dlora.cluster.samples;

import org.jspecify.annotations.NullMarked;
