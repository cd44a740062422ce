/**
 * Comparison of an ended request of the history with a replay of it: pure values. {@code
 * org.dlora.cluster.RequestReplays} runs the replays.
 */
@NullMarked
package org.dlora.cluster.replay;

import org.jspecify.annotations.NullMarked;
