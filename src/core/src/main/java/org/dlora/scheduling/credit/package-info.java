/** Policy {@code dlora-paper}: credit-based batching as in dLoRA (OSDI 2024). */
@NullMarked
package org.dlora.scheduling.credit;

import org.jspecify.annotations.NullMarked;
