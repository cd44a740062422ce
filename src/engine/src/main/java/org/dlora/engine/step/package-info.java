/**
 * The computation of one planned step: rows are laid out, run through the model, sampled, and
 * turned into text. No clock, queue or client is known here.
 */
@NullMarked
package org.dlora.engine.step;

import org.jspecify.annotations.NullMarked;
