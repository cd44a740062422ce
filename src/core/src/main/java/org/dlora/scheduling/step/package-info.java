/** Construction of one step: rows and blocks for sequences in order, and what preemption frees. */
@NullMarked
package org.dlora.scheduling.step;

import org.jspecify.annotations.NullMarked;
