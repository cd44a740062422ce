/**
 * Arithmetic of sampling: penalties, truncation, draws and log-probabilities of one row of logits.
 * Nothing here knows a step, a device or a text.
 */
@NullMarked
package org.dlora.engine.sampling;

import org.jspecify.annotations.NullMarked;
