/**
 * The merge of low-rank terms into copies of weight matrices, and the measurement of what rounding
 * loses. Which adapter to merge is not decided here.
 */
@NullMarked
package org.dlora.device.cpu.merge;

import org.jspecify.annotations.NullMarked;
