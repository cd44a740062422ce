/**
 * Policy {@code dlora}: the mode with the highest predicted rate, and fair shares of teams and
 * adapters.
 */
@NullMarked
package org.dlora.scheduling.fair;

import org.jspecify.annotations.NullMarked;
