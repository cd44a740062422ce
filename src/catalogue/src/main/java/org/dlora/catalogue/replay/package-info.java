/**
 * Comparison of an ended request of the history with a replay of it: pure values. {@code
 * org.dlora.catalogue.RequestReplays} runs the replays.
 */
@NullMarked
package org.dlora.catalogue.replay;

import org.jspecify.annotations.NullMarked;
