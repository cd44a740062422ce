/**
 * One replica at work: its thread and mailbox, the {@link org.dlora.engine.Engine} that runs a
 * replica's state on a model, and the warm-up. What is decided belongs to {@code
 * org.dlora.replica}; nothing here knows HTTP or other replicas.
 */
@NullMarked
package org.dlora.engine;

import org.jspecify.annotations.NullMarked;
